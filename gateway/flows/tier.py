"""The story of Runway's tier: how many generations of each model it runs at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.ports.upstream import Upstream

ANY_NUMBER = 10**9
"""More than Runway will ever run at once."""


@dataclass(kw_only=True)
class Tier:
    """Remembers what was last read; until then, and where Runway names no limit, there is none here."""

    upstream: Upstream
    _models: Mapping[str, int | None] | None = None

    def __call__(self, model: str) -> int | None:
        return None if self._models is None else self._models.get(model)

    def counted(self, model: str) -> int | None:
        return ANY_NUMBER if self._models is None else self._models.get(model)

    async def refresh(self) -> None:
        read = await self.upstream.concurrency()
        if read is not None:
            self._models = read

"""The story of Runway's tier: how many generations of each model it runs at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.ports.upstream import Upstream


@dataclass(kw_only=True)
class Tier:
    """Remembers what was last read; until then, and where Runway names no limit, there is none here."""

    upstream: Upstream
    _models: Mapping[str, int | None] = field(default_factory=dict)

    def __call__(self, model: str) -> int | None:
        return self._models.get(model)

    async def refresh(self) -> None:
        read = await self.upstream.concurrency()
        if read is not None:
            self._models = read

"""Which answers were handed to the network: an automatic retry takes a task whose answer was not."""

from dataclasses import dataclass, field

from gateway.ports.records import Admissions
from gateway.rules.ids import TaskId

PENDING_MAX = 10_000
"""Noted deliveries that wait to be recorded; the oldest is forgotten first, which only blurs an order."""


@dataclass(kw_only=True)
class Deliveries:
    """Collects deliveries and records them together."""

    admissions: Admissions
    _pending: dict[TaskId, None] = field(default_factory=dict)

    def note(self, task: TaskId) -> None:
        self._pending[task] = None
        if len(self._pending) > PENDING_MAX:
            self._pending.pop(next(iter(self._pending)))

    async def flush(self) -> None:
        """Record what was noted. Called before every retry is looked up, and a few times a second."""
        if self._pending:
            noted, self._pending = self._pending, {}
            await self.admissions.delivered(tuple(noted))

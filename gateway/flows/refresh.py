"""The story of an output URL that is about to expire: Runway gives a fresh one on every read."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.ports.board import Board, Shown
from gateway.ports.clock import Clock
from gateway.ports.records import Sight, Stages
from gateway.ports.upstream import Upstream
from gateway.rules.ids import TaskId
from gateway.rules.settlement import Observation

FRESH_FOR = timedelta(hours=1)
"""What a client may need to download what it was just given."""
READ_AGAIN_AFTER = timedelta(minutes=1)
"""A small part of `FRESH_FOR`: what cannot be read now is tried many times before its URLs end."""
TURNS_MAX = 10_000
"""Tasks whose last reading is remembered; one that is forgotten may be read again at once."""


@dataclass
class _Turn:
    """Whose turn it is to read a task, and from when on it may be read at all."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """Reads finished tasks again upstream when their URLs are near their end."""

    sight: Sight
    stages: Stages
    upstream: Upstream
    board: Board
    clock: Clock
    _turns: dict[TaskId, _Turn] = field(default_factory=dict)

    def is_due(self, shown: Shown) -> bool:
        """Tell whether a task's URLs should not be handed out any more."""
        return shown.expires_at is not None and shown.expires_at - self.clock.now() < FRESH_FOR

    async def refresh(self, task: TaskId, shown: Shown) -> Shown:
        """Show fresh URLs; the old ones when Runway cannot be read now. Polls at once share a reading."""
        turn = self._turn(task)
        async with turn.lock:
            if turn.not_before is None or turn.not_before <= self.clock.now():
                return await self._read(task, turn) or shown
        return self.board.shown(task) or shown

    def _turn(self, task: TaskId) -> _Turn:
        if task not in self._turns and len(self._turns) >= TURNS_MAX:
            del self._turns[next(iter(self._turns))]
        return self._turns.setdefault(task, _Turn())

    async def _read(self, task: TaskId, turn: _Turn) -> Shown | None:
        """Read it whether it helps or not: a poll comes every few seconds."""
        seen = await self.sight.task(task)
        if seen is None or seen.generation.upstream_id is None:
            return None
        found = await self.upstream.read(seen.generation.upstream_id)
        turn.not_before = self.clock.now() + READ_AGAIN_AFTER
        if not isinstance(found, Observation) or not found.output:
            return None
        await self.stages.refresh(seen.generation.id, found.output)
        return await self.board.load(task)

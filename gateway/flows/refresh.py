"""The story of an output URL that is about to expire: Runway gives a fresh one on every read."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.ports.board import Board, Shown
from gateway.ports.clock import Clock
from gateway.ports.records import Sight, Stages
from gateway.ports.upstream import Upstream
from gateway.rules.ids import TaskId
from gateway.rules.settlement import Observation

FRESH_FOR = timedelta(hours=1)
"""What a client may need to download what it was just given."""


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """Reads finished tasks again upstream when their URLs are near their end."""

    sight: Sight
    stages: Stages
    upstream: Upstream
    board: Board
    clock: Clock

    def is_due(self, shown: Shown) -> bool:
        """Tell whether a task's URLs should not be handed out any more."""
        return shown.expires_at is not None and shown.expires_at - self.clock.now() < FRESH_FOR

    async def refresh(self, task: TaskId, shown: Shown) -> Shown:
        """Show fresh URLs; the old ones when Runway cannot be read now."""
        seen = await self.sight.task(task)
        if seen is None or seen.generation.upstream_id is None:
            return shown
        found = await self.upstream.read(seen.generation.upstream_id)
        if not isinstance(found, Observation) or not found.output:
            return shown
        await self.stages.refresh(seen.generation.id, found.output)
        return await self.board.load(task) or shown

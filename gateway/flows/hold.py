"""The story of an unclear generation: what it cost is unknown; the money stays held, the slot is freed."""

from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from gateway.flows.settle import Settle
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.records import Stages
from gateway.ports.telemetry import Report
from gateway.rules.events import Unclear
from gateway.rules.generation import Generation, Stage

LOOK_AFTER = timedelta(minutes=1)
"""How soon, and how often, an unclear generation with a known upstream id is read for evidence."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Makes generations unclear. Evidence that comes later still settles them."""

    stages: Stages
    settle: Settle
    board: Board
    clock: Clock
    report: Report

    async def hold(self, generation: Generation, why: str) -> Generation:
        """Answer the generation as it then stands: as it was when it has moved on meanwhile."""
        now = self.clock.now()
        if not await self.stages.unclear(generation, at=now, due_at=now + LOOK_AFTER):
            return generation
        self.report(
            Unclear(
                generation=generation.id,
                team=generation.team,
                model=generation.model,
                why=why,
                reserved=generation.reserved,
            )
        )
        await self.settle.free_slot(generation)
        unclear = structs.replace(generation, stage=Stage.UNCLEAR)
        self.board.update(unclear)
        return unclear

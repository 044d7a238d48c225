"""The story of a running generation: read what Runway says, show what changed, settle when it ended."""

from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from gateway.flows.settle import Settle
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.records import Stages
from gateway.ports.telemetry import Report
from gateway.ports.upstream import Gone, Unreadable, Upstream
from gateway.rules.events import Stuck, Unclear
from gateway.rules.generation import TERMINAL, Generation, Stage
from gateway.rules.pace import is_stuck, poll_delay
from gateway.rules.settlement import Observation, settle

UNCLEAR_LOOK_DELAY = timedelta(minutes=1)
"""How often an unclear generation with a known upstream id is read for evidence."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Reads one generation once. Answers it while it goes on, None when it is out of this story."""

    stages: Stages
    upstream: Upstream
    settle: Settle
    board: Board
    clock: Clock
    report: Report

    async def look(self, generation: Generation) -> Generation | None:
        """Read a RUNNING or UNCLEAR generation that has an upstream id."""
        assert generation.upstream_id is not None, "only what Runway knows by an id can be read"
        match await self.upstream.read(generation.upstream_id):
            case Observation() as seen if seen.status in TERMINAL:
                await self.settle.settle(generation, settle(seen, generation.reserved))
                return None
            case Observation() as seen:
                return await self._goes_on(generation, seen)
            case Gone():
                return await self._unclear(generation, "Runway does not know the task any more")
            case Unreadable(status=401):
                return await self._unclear(generation, "Runway did not accept the key")
            case Unreadable():
                return generation

    async def _goes_on(self, generation: Generation, seen: Observation) -> Generation | None:
        now = self.clock.now()
        before = (generation.stage, generation.upstream_status, generation.progress)
        if before == (Stage.RUNNING, seen.status, seen.progress):
            return await self._unless_stuck(generation)
        due_at = now + poll_delay(generation, now)
        changed = structs.replace(
            generation,
            stage=Stage.RUNNING,
            upstream_status=seen.status,
            progress=seen.progress,
            progress_at=now,
        )
        await self.stages.observe(generation.id, seen, at=now, due_at=due_at)
        self.board.update(changed)
        return changed

    async def _unless_stuck(self, generation: Generation) -> Generation | None:
        """Free the slot of a generation that stands still; its money stays held until it ends."""
        if not is_stuck(generation, self.clock.now()):
            return generation
        self.report(
            Stuck(
                generation=generation.id,
                team=generation.team,
                model=generation.model,
                reserved=generation.reserved,
            )
        )
        return await self._unclear(generation, "no progress")

    async def _unclear(self, generation: Generation, why: str) -> Generation | None:
        """Hold the money, give back the slot. Evidence that comes later still settles it."""
        now = self.clock.now()
        if generation.stage is Stage.UNCLEAR:
            await self.stages.release(generation.id, due_at=now + UNCLEAR_LOOK_DELAY)
            return None
        if await self.stages.unclear(generation.id, at=now, due_at=now + UNCLEAR_LOOK_DELAY):
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
            self.board.update(structs.replace(generation, stage=Stage.UNCLEAR))
        return None

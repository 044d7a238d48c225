"""The story of a running generation: read what Runway says, show what changed, settle when it ended."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.flows.hold import LOOK_AFTER, Hold
from gateway.flows.settle import Settle
from gateway.flows.slots import Slots
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.records import Directory, Stages
from gateway.ports.telemetry import Report
from gateway.ports.upstream import Gone, Unreadable, Upstream
from gateway.rules.events import Stuck
from gateway.rules.generation import TERMINAL, Generation, Stage
from gateway.rules.pace import is_stuck, poll_delay
from gateway.rules.settlement import Observation, settle


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Reads one generation once. Answers it while it goes on, None when it is out of this story."""

    stages: Stages
    directory: Directory
    upstream: Upstream
    slots: Slots
    settle: Settle
    hold: Hold
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
            case Observation() as seen if generation.stage is Stage.UNCLEAR:
                await self._runs_again(generation, seen)
                return None
            case Observation() as seen:
                return await self._goes_on(generation, seen)
            case Gone():
                await self._unclear(generation, "Runway does not know the task any more")
                return None
            case Unreadable(status=401):
                await self._unclear(generation, "Runway did not accept the key")
                return None
            case Unreadable():
                return generation

    async def _goes_on(self, generation: Generation, seen: Observation) -> Generation | None:
        if _is_as_before(generation, seen):
            return await self._unless_stuck(generation)
        now = self.clock.now()
        await self.stages.observe(generation.id, seen, at=now, due_at=now + poll_delay(generation, now))
        changed = _as_seen(generation, seen, now)
        self.board.update(changed)
        return changed

    async def _runs_again(self, generation: Generation, seen: Observation) -> None:
        """Take up an unclear generation with its slot, unless it only stands still as it did before."""
        now = self.clock.now()
        stands_still = _is_as_before(generation, seen) and is_stuck(generation, now)
        if not stands_still and await self._revived(generation, seen, now):
            self.board.update(_as_seen(generation, seen, now))
        else:
            await self.stages.release(generation.id, due_at=now + LOOK_AFTER)

    async def _revived(self, generation: Generation, seen: Observation, now: datetime) -> bool:
        binding = await self.directory.binding(generation.team, generation.key)
        slot = await self.slots.retake(generation, binding)
        if slot is None:
            return False
        running, due_at = structs.replace(generation, slot=slot), now + poll_delay(generation, now)
        revived = await self.stages.revive(binding.fence, running, seen, at=now, due_at=due_at)
        if not revived:
            await self.settle.free_slot(running)
        return revived

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
        await self.hold.hold(generation, "no progress")
        return None

    async def _unclear(self, generation: Generation, why: str) -> None:
        if generation.stage is Stage.UNCLEAR:
            await self.stages.release(generation.id, due_at=self.clock.now() + LOOK_AFTER)
        else:
            await self.hold.hold(generation, why)


def _is_as_before(generation: Generation, seen: Observation) -> bool:
    return (generation.upstream_status, generation.progress) == (seen.status, seen.progress)


def _as_seen(generation: Generation, seen: Observation, now: datetime) -> Generation:
    return structs.replace(
        generation,
        stage=Stage.RUNNING,
        upstream_status=seen.status,
        progress=seen.progress,
        progress_at=now,
    )

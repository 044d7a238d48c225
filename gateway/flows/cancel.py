"""The story of a DELETE: a task leaves its generation; the last one out cancels it, and cancelling costs."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.flows.forwards import Forwards
from gateway.flows.hand_over import HandOver
from gateway.flows.settle import Settle
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.records import Detached, Stages
from gateway.ports.telemetry import Report
from gateway.ports.upstream import Upstream
from gateway.rules.events import Cancelled
from gateway.rules.generation import TERMINAL, Generation, Stage
from gateway.rules.ids import TaskId, TeamId
from gateway.rules.refusals import NotFound
from gateway.rules.settlement import Observation, cancelled, settle

LOOK_AGAIN_AFTER = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Detaches tasks and ends what nobody waits for any more."""

    stages: Stages
    upstream: Upstream
    hand_over: HandOver
    forwards: Forwards
    settle: Settle
    board: Board
    clock: Clock
    report: Report

    async def cancel(self, task: TaskId, team: TeamId) -> None:
        """Delete a team's task. Raises NotFound for anyone else's, and for one that is gone."""
        left = await self.stages.detach(task, team, at=self.clock.now())
        self.board.drop(task)
        if left is None:
            raise NotFound("Task")
        asked = await self._end(left)
        self.report(Cancelled(team=team, task=task, generation=left.generation.id, upstream=asked))

    async def _end(self, left: Detached) -> bool:
        """Do what the generation's stage asks for; tell whether Runway was asked to cancel."""
        generation = left.generation
        match generation.stage:
            case Stage.QUEUED:
                await self.hand_over.hand_over(generation)
            case Stage.FORWARDING if not left.others:
                forwarded = await self.forwards.outcome(generation)
                if forwarded.stage is Stage.RUNNING:
                    return await self._cancel_running(forwarded)
            case Stage.RUNNING if not left.others:
                return await self._cancel_running(generation)
            case Stage.UNCLEAR if not left.others and generation.upstream_id is not None:
                return await self._cancel_running(generation)
            case Stage.DONE if not left.others and generation.fingerprint is None:
                return await self._delete_upstream(generation)
            case _:
                pass
        return False

    async def _cancel_running(self, generation: Generation) -> bool:
        """Read before deleting: what ended settles at its real cost, the rest at the last estimate.

        What is unclear and cannot be read stays unclear.
        """
        assert generation.upstream_id is not None, "a running generation has an upstream id"
        seen = await self.upstream.read(generation.upstream_id)
        if isinstance(seen, Observation) and seen.status in TERMINAL:
            await self.settle.settle(generation, settle(seen, generation.reserved))
            return False
        if generation.stage is Stage.UNCLEAR and not isinstance(seen, Observation):
            return False
        if not await self.upstream.delete(generation.upstream_id):
            await self.stages.release(generation.id, due_at=self.clock.now() + LOOK_AGAIN_AFTER)
            return True
        estimate = seen.estimate if isinstance(seen, Observation) else None
        await self.settle.settle(generation, cancelled(generation.reserved if estimate is None else estimate))
        return True

    async def _delete_upstream(self, generation: Generation) -> bool:
        """Delete the finished upstream copy, best effort: Runway drops it by itself soon enough."""
        return generation.upstream_id is not None and await self.upstream.delete(generation.upstream_id)

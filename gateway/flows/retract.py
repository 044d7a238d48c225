"""The story of a record that nobody saw the end of: what this process certainly never sent is taken back."""

from dataclasses import dataclass, field

from gateway.flows.mend import Mend
from gateway.flows.settle import Settle
from gateway.ports.clock import Clock
from gateway.ports.records import Stages
from gateway.rules.generation import Generation
from gateway.rules.ids import GenerationId, slot_of
from gateway.rules.refusals import UpstreamAway
from gateway.rules.settlement import refused

DOUBTS_MAX = 10_000
"""What is doubted beyond them becomes unclear when its lease ends."""
NEVER_SENT = refused("The records did not answer; nothing was started.", code=UpstreamAway.failure_code)


@dataclass(frozen=True, kw_only=True)
class Retract:
    """Keeps the doubts of this process until the records can say what became of them."""

    stages: Stages
    mend: Mend
    settle: Settle
    clock: Clock
    _doubts: dict[GenerationId, Generation] = field(default_factory=dict)

    def doubt(self, generation: Generation) -> None:
        """Note an attempt, by `forwarded_at`, that may be recorded as this process's to send.

        Without one it is the create itself, whose client was told that it failed.
        """
        if len(self._doubts) < DOUBTS_MAX:
            self._doubts[generation.id] = generation

    async def retract(self) -> None:
        """Take back all that is doubted; what cannot be now stays for the next round."""
        for generation in list(self._doubts.values()):
            if generation.forwarded_at is None:
                await self._undo_create(generation)
            else:
                now = self.clock.now()
                await self.stages.requeue(generation, at=now, due_at=now)
            del self._doubts[generation.id]

    async def _undo_create(self, generation: Generation) -> None:
        """Make sure that it is never recorded, or close it, unless the queue went on with it."""
        if await self.stages.void(generation.reservation):
            fence = self.mend.fence
            await self.settle.release(fence, slot_of(generation.id), generation.reservation)
        else:
            await self.settle.settle(generation, NEVER_SENT, never_taken=True)

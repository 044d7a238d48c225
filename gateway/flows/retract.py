"""The story of a record that nobody saw the end of: what this process certainly never sent is taken back."""

from dataclasses import dataclass, field

from gateway.flows.mend import Mend
from gateway.flows.settle import Settle
from gateway.ports.clock import Clock
from gateway.ports.records import Stages
from gateway.rules.generation import Generation
from gateway.rules.ids import GenerationId
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
    _doubts: dict[GenerationId, tuple[Generation, int]] = field(default_factory=dict)

    def doubt(self, generation: Generation, *, attempt: int = 0) -> None:
        """Note an attempt at sending, by its `slot`, that may be recorded as this process's to send.

        One that was never taken from the queue is a create, whose client was told that it failed; `attempt`
        is the client's own.
        """
        if len(self._doubts) < DOUBTS_MAX:
            self._doubts[generation.id] = (generation, attempt)

    async def retract(self) -> None:
        """Take back all that is doubted; what cannot be now stays, and is told when the others are done."""
        failed: Exception | None = None
        for id, doubt in list(self._doubts.items()):
            del self._doubts[id]
            try:
                await self._take_back(*doubt)
            except Exception as failure:  # noqa: BLE001 - none of them holds up the others
                self._doubts.setdefault(id, doubt)
                failed = failure
        if failed is not None:
            raise failed

    async def _take_back(self, generation: Generation, attempt: int) -> None:
        if generation.forwarded_at is not None or not await self._undone(generation, attempt):
            now = self.clock.now()
            await self.stages.requeue(generation, at=now, due_at=now)
        await self.settle.free_slot(generation)

    async def _undone(self, generation: Generation, attempt: int) -> bool:
        """Make sure that a create is never recorded, or close it; False when others were told of it."""
        if await self.stages.void(generation.reservation):
            await self.settle.release(self.mend.fence, generation.reservation)
            return True
        return await self.settle.take_back(generation, NEVER_SENT, attempt=attempt)

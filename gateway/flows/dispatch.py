"""The story of the queue: whoever's turn it is and whose slots are free goes out."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.flows.cancel import DELETED_IN_TIME
from gateway.flows.forwards import Forwards
from gateway.flows.retract import Retract
from gateway.flows.settle import Settle
from gateway.flows.slots import Slots
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.records import Directory, RecordsAway, Stages
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation, Stage

HEADS_MAX = 256
"""How many waiting generations are looked at in one round; turns mix the teams among them."""


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """Forwards queued generations. Any number of processes may do so at once.

    A slot is reserved under the generation's id, so two that take it hold one; only the one whose
    compare-and-set moves the stage may send, and the other leaves the slot to it.
    """

    stages: Stages
    directory: Directory
    slots: Slots
    forwards: Forwards
    settle: Settle
    retract: Retract
    board: Board
    clock: Clock

    async def dispatch(self) -> int:
        """Go once through those that wait, in order of turn; tell how many were sent."""
        full: set[tuple[str, str]] = set()
        sent = 0
        for generation in await self._waiting():
            line = (generation.lane, generation.key)
            if line in full:
                continue
            now = self.clock.now()
            fence = await self._slot(generation)
            if fence is None:
                full.add(line)
            else:
                sent += await self._send(fence, generation, at=now)
        return sent

    async def _waiting(self) -> list[Generation]:
        """Read those that wait, and end those for which nobody does: their DELETE got no further."""
        queued = await self.stages.queued(now=self.clock.now(), limit=HEADS_MAX)
        if not queued:
            return queued
        deserted = await self.stages.deserted([generation.id for generation in queued])
        for generation in queued:
            if generation.id in deserted:
                await self.settle.settle(generation, DELETED_IN_TIME, stages=(Stage.QUEUED,))
        return [generation for generation in queued if generation.id not in deserted]

    async def _slot(self, generation: Generation) -> Fence | None:
        levels = await self.directory.levels_of(generation.team, generation.key)
        return await self.slots.take(generation, levels)

    async def _send(self, fence: Fence, generation: Generation, *, at: datetime) -> bool:
        try:
            forwarding = await self.stages.begin_forwarding(fence, generation.id, at=at)
        except RecordsAway:
            self.retract.doubt(structs.replace(generation, forwarded_at=at))
            raise
        if forwarding is None:
            return False
        self.board.update(forwarding)
        self.forwards.start(forwarding, awaited=False)
        return True

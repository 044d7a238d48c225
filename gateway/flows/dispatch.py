"""The story of the queue: whoever's turn it is and whose slots are free goes out."""

from dataclasses import dataclass

from msgspec import structs

from gateway.flows.forwards import Forwards
from gateway.flows.hand_over import HandOver
from gateway.flows.retract import Retract
from gateway.flows.settle import Settle
from gateway.flows.slots import Slots
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.records import Directory, RecordsAway, Stages
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation

HEADS_MAX = 256
"""How many waiting generations are looked at in one round; turns mix the teams among them."""


@dataclass(kw_only=True)
class Dispatch:
    """Forwards queued generations. Any number of processes may do so at once.

    Each takes a slot of its own for a generation; only the one whose compare-and-set moves the stage may
    send, and any other gives its own back.
    """

    stages: Stages
    directory: Directory
    slots: Slots
    forwards: Forwards
    settle: Settle
    hand_over: HandOver
    retract: Retract
    board: Board
    clock: Clock
    _past: int = 0

    async def dispatch(self) -> int:
        """Go once through those that wait, in order of turn; tell how many were sent."""
        full: set[tuple[str, str]] = set()
        sent = 0
        for generation in await self._waiting():
            line = (generation.lane, generation.key)
            if line in full:
                continue
            taken, fence = await self._taken(generation)
            if taken is None:
                full.add(line)
            else:
                sent += await self._send(taken, fence)
        return sent

    async def _waiting(self) -> list[Generation]:
        """Read those that wait, and find a payer for those whose own has left: its DELETE got no further.

        Where many wait, each round looks at the next of them, so that none is hidden for ever.
        """
        queued = await self.stages.queued(now=self.clock.now(), limit=HEADS_MAX, past=self._past)
        self._past = self._past + HEADS_MAX if len(queued) == HEADS_MAX else 0
        if not queued:
            return queued
        unpaid = await self.stages.unpaid([generation.id for generation in queued])
        for generation in queued:
            if generation.id in unpaid:
                await self.hand_over.hand_over(generation)
        return [generation for generation in queued if generation.id not in unpaid]

    async def _taken(self, generation: Generation) -> tuple[Generation | None, Fence]:
        now = self.clock.now()
        binding = await self.directory.binding(generation.team, generation.key)
        slot = await self.slots.take(generation, binding)
        taken = None if slot is None else structs.replace(generation, slot=slot, forwarded_at=now)
        return taken, binding.fence

    async def _send(self, taken: Generation, fence: Fence) -> bool:
        assert taken.forwarded_at is not None, "its slot was asked for at some time"
        try:
            forwarding = await self.stages.begin_forwarding(fence, taken, at=taken.forwarded_at)
        except RecordsAway:
            self.retract.doubt(taken)
            raise
        if forwarding is None:
            await self.settle.free_slot(taken)
            return False
        self.board.update(forwarding)
        self.forwards.start(forwarding, awaited=False)
        return True

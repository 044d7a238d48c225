"""The story of a running slot: held together at every level, or left for the next in line."""

from dataclasses import dataclass

from gateway.flows.mend import Mend
from gateway.ports.clock import Clock
from gateway.ports.ledger import Granted, Ledger, Reservation, Stale
from gateway.ports.limits import Concurrency
from gateway.rules.accounts import Claim, Level, regardless
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation
from gateway.rules.ids import slot_of
from gateway.rules.rebuild import slot_claims


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Reserves what a forwarded generation holds: running ones of key, team, organisation and its lane."""

    ledger: Ledger
    mend: Mend
    concurrency: Concurrency
    clock: Clock

    async def take(self, generation: Generation, levels: tuple[Level, ...]) -> Fence | None:
        """Take a generation's slots and tell under which fence.

        None when one is full or the fence moved: then it waits its turn.
        """
        return await self._hold(generation, self._claims(generation, levels))

    async def retake(self, generation: Generation, levels: tuple[Level, ...]) -> Fence | None:
        """Take the slots of a generation that Runway runs, whatever the limits; None when the fence moved."""
        return await self._hold(generation, regardless(self._claims(generation, levels)))

    def in_line(self, generation: Generation) -> bool:
        """Tell whether all of a lane wait for each other: where Runway runs any number, they do not."""
        return self.concurrency(generation.model) is not None

    def _claims(self, generation: Generation, levels: tuple[Level, ...]) -> tuple[Claim, ...]:
        return slot_claims(generation, levels, lane_max=self.concurrency(generation.model))

    async def _hold(self, generation: Generation, claims: tuple[Claim, ...]) -> Fence | None:
        fence = self.mend.fence
        if not claims:
            return fence
        reservation = Reservation(slot_of(generation.id), claims)
        answer = await self.ledger.reserve(fence, reservation, now=self.clock.now())
        if isinstance(answer, Stale):
            await self.mend.mend()
        return fence if isinstance(answer, Granted) else None

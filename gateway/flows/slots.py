"""The story of a running slot: held together at every level, or left for the next in line."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.flows.mend import Mend
from gateway.ports.clock import Clock
from gateway.ports.ledger import Granted, Ledger, Reservation, Stale
from gateway.ports.limits import Concurrency
from gateway.rules.accounts import Claim, regardless
from gateway.rules.directory import Binding
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation
from gateway.rules.ids import ReservationId, slot_id
from gateway.rules.rebuild import slot_claims


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Reserves what a forwarded generation holds: running ones of key, team, organisation and its lane."""

    ledger: Ledger
    mend: Mend
    concurrency: Concurrency
    clock: Clock
    new_id: Callable[[], str]

    async def take(self, generation: Generation, binding: Binding) -> ReservationId | None:
        """Take slots for one attempt at sending a generation, and name what holds them.

        None when one is full or the fence moved: then it waits its turn. Whoever does not record them gives
        them back.
        """
        return await self._hold(generation, self._claims(generation, binding), binding.fence)

    async def retake(self, generation: Generation, binding: Binding) -> ReservationId | None:
        """Take the slots of a generation that Runway runs, whatever the limits; None when the fence moved."""
        return await self._hold(generation, regardless(self._claims(generation, binding)), binding.fence)

    def in_line(self, generation: Generation) -> bool:
        """Tell whether all of a lane wait for each other: where Runway runs any number, they do not."""
        return self.concurrency(generation.model) is not None

    def _claims(self, generation: Generation, binding: Binding) -> tuple[Claim, ...]:
        return slot_claims(generation, binding.levels, lane_max=self.concurrency.counted(generation.model))

    async def _hold(
        self, generation: Generation, claims: tuple[Claim, ...], fence: Fence
    ) -> ReservationId | None:
        slot = slot_id(generation.id, self.new_id())
        if not claims:
            return slot
        answer = await self.ledger.reserve(fence, Reservation(slot, claims), now=self.clock.now())
        if isinstance(answer, Stale):
            await self.mend.mend()
        return slot if isinstance(answer, Granted) else None

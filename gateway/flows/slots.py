"""The story of a running slot: held together at every level, or left for the next in line."""

from dataclasses import dataclass

from gateway.flows.mend import Mend
from gateway.ports.clock import Clock
from gateway.ports.ledger import Granted, Ledger, Reservation, Stale
from gateway.ports.limits import Concurrency
from gateway.rules.accounts import Level
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

    async def take(self, generation: Generation, levels: tuple[Level, ...]) -> bool:
        """Take a generation's slots; False when one is full or the fence moved (then it waits its turn)."""
        wanted = slot_claims(generation, levels, lane_max=self.concurrency(generation.model))
        if not wanted:
            return True
        reservation = Reservation(slot_of(generation.id), wanted)
        answer = await self.ledger.reserve(self.mend.fence, reservation, now=self.clock.now())
        if isinstance(answer, Stale):
            await self.mend.mend()
        return isinstance(answer, Granted)

"""The story of an end: book what was charged, once, then give back what is left of the reservation."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from gateway.flows.mend import Mend
from gateway.flows.price import Prices
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.ledger import Ledger, LedgerAway, Stale
from gateway.ports.records import Stages
from gateway.ports.telemetry import Report
from gateway.rules.credits import ZERO
from gateway.rules.events import Settled
from gateway.rules.fence import Fence
from gateway.rules.generation import OPEN, Generation, Stage, Status
from gateway.rules.ids import ReservationId, slot_of
from gateway.rules.settlement import Settlement


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Closes generations: in the records first, then in the ledger, so that the ledger never stands below."""

    stages: Stages
    ledger: Ledger
    mend: Mend
    prices: Prices
    board: Board
    clock: Clock
    report: Report
    slot_freed: Callable[[], None]

    async def settle(
        self,
        generation: Generation,
        settlement: Settlement,
        *,
        stages: Collection[Stage] = OPEN,
        never_taken: bool = False,
    ) -> bool:
        """Book a settlement and free what the generation held; False when it stood in none of `stages`.

        With `never_taken` also when it was ever taken from the queue or started. When the ledger is away the
        generation stays CLOSING and `free` is done again from there.
        """
        now = self.clock.now()
        closed = await self.stages.close(
            generation.id, settlement, at=now, stages=stages, never_taken=never_taken
        )
        if closed is None:
            return False
        if closed.exceeds_reservation:
            self.prices.learn(closed, settlement.charged)
        self.board.update(closed)
        self.report(_settled(closed))
        with suppress(LedgerAway):
            await self.free(closed)
        return True

    async def free(self, closed: Generation) -> None:
        """Close a settled generation's reservations in the ledger, then leave CLOSING.

        A generation whose close met a moved fence stays CLOSING until the next round.
        """
        if await self._close(self.mend.fence, closed) or await self._close(await self.mend.mend(), closed):
            await self.stages.finish(closed.id)
            self.slot_freed()

    async def free_slot(self, generation: Generation) -> None:
        """Give back the running slot alone; the money stays held."""
        await self.ledger.close(self.mend.fence, slot_of(generation.id), ZERO)
        self.slot_freed()

    async def release(self, fence: Fence, *reservations: ReservationId) -> None:
        """Give back reservations that were never recorded, also when the fence has moved on since then.

        What is left would refuse the very request that held it.
        """
        for id in reservations:
            if isinstance(await self.ledger.close(fence, id, ZERO), Stale):
                fence = await self.mend.mend()
                await self.ledger.close(fence, id, ZERO)

    async def _close(self, fence: Fence, closed: Generation) -> bool:
        """Close both reservations under one fence; False when it had moved."""
        charged = closed.charged or ZERO
        slot = await self.ledger.close(fence, slot_of(closed.id), ZERO)
        admission = await self.ledger.close(fence, closed.reservation, charged)
        return not isinstance(slot, Stale) and not isinstance(admission, Stale)


def _settled(closed: Generation) -> Settled:
    assert closed.outcome is not None, "a settlement gives a generation its outcome"
    assert closed.basis is not None, "and says how its charge is known"
    return Settled(
        generation=closed.id,
        team=closed.team,
        operation=closed.operation,
        model=closed.model,
        reserved=closed.reserved,
        charged=closed.charged or ZERO,
        basis=closed.basis,
        status=Status.SUCCEEDED if closed.outcome.succeeded else Status.FAILED,
        failure_code=closed.outcome.failure_code,
    )

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
from gateway.rules.ids import ReservationId
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
    ) -> bool:
        """Book a settlement and free what the generation held; False when it stood in none of `stages`.

        When the ledger is away the generation stays CLOSING and `free` is done again from there.
        """
        closed = await self.stages.close(generation.id, settlement, at=self.clock.now(), stages=stages)
        return await self._settled(closed)

    async def refuse(self, generation: Generation, settlement: Settlement) -> bool:
        """Book that an attempt at sending started nothing; False when the generation went on without it."""
        return await self._settled(await self.stages.refuse(generation, settlement, at=self.clock.now()))

    async def take_back(self, generation: Generation, settlement: Settlement, *, attempt: int) -> bool:
        """Book that a create came to nothing; False when it went on, or anybody was told of it."""
        now = self.clock.now()
        return await self._settled(
            await self.stages.take_back(generation, settlement, attempt=attempt, at=now)
        )

    async def free(self, closed: Generation) -> None:
        """Close a settled generation's reservations in the ledger, then leave CLOSING.

        A generation whose close met a moved fence stays CLOSING until the next round: a rebuild may have read
        it while it was open.
        """
        if await self._freed(self.mend.fence, closed) or await self._freed(await self.mend.mend(), closed):
            self.slot_freed()

    async def free_slot(self, generation: Generation) -> None:
        """Give back the slots of one attempt; the money stays held.

        With the ledger away the janitor gives them back: the records want them no more.
        """
        if generation.slot is not None:
            with suppress(LedgerAway):
                await self.release(self.mend.fence, generation.slot)
            self.slot_freed()

    async def release(self, fence: Fence, *reservations: ReservationId) -> None:
        """Give back reservations that were never recorded, also when the fence has moved on since then.

        What is left would refuse the very request that held it.
        """
        for id in reservations:
            if isinstance(await self.ledger.close(fence, id, ZERO), Stale):
                fence = await self.mend.mend()
                await self.ledger.close(fence, id, ZERO)

    async def _settled(self, closed: Generation | None) -> bool:
        if closed is None:
            return False
        if closed.exceeds_reservation:
            assert closed.charged is not None, "it was charged more than was held"
            self.prices.learn(closed, closed.charged)
        self.board.update(closed)
        self.report(_told(closed))
        with suppress(LedgerAway):
            await self.free(closed)
        return True

    async def _freed(self, fence: Fence, closed: Generation) -> bool:
        """Close both reservations and leave CLOSING under one fence; False when it had moved."""
        if closed.slot is not None and isinstance(await self.ledger.close(fence, closed.slot, ZERO), Stale):
            return False
        admission = await self.ledger.close(fence, closed.reservation, closed.charged or ZERO)
        return not isinstance(admission, Stale) and await self.stages.finish(fence, closed.id)


def _told(closed: Generation) -> Settled:
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

"""The story of a ledger that is not what the records say: find out, move its fence on or rebuild it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.ports.clock import Clock
from gateway.ports.ledger import Ledger, Reservation, Snapshot
from gateway.ports.limits import Concurrency
from gateway.ports.records import Admissions, RecordsAway, Scan, Stages
from gateway.ports.telemetry import Report
from gateway.rules import rebuild
from gateway.rules.credits import ZERO
from gateway.rules.events import Abandoned, LedgerLost, Rebuilt
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation
from gateway.rules.ids import GenerationId, ReservationId, is_slot

ABANDONED_AFTER = timedelta(seconds=60)
"""How old an open reservation is before it is compared with the records: longer than any create takes to
record what it reserved."""
GO_ON_SECONDS = 1.5
"""How often a rebuild says that it goes on; after 5 s of silence another process takes over."""
UNKNOWN = Fence(epoch=0, policies=0)
"""Before anything was read; no store ever stands here."""
BUCKETS_KEPT = timedelta(days=2)
"""How long buckets of ended windows stay: longer than any time zone is away from another."""


@dataclass(kw_only=True)
class Mend:
    """Keeps the ledger complete, one mending at a time in each process.

    `fence` is the last one seen: it may be old, and then every store refuses it.
    """

    ledger: Ledger
    admissions: Admissions
    stages: Stages
    concurrency: Concurrency
    clock: Clock
    seconds: Callable[[], float]
    report: Report
    fence: Fence = UNKNOWN
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def mend(self) -> Fence:
        """Make the ledger stand at the records' fence and answer that fence.

        While another process rebuilds, the ledger refuses that fence until it is done.
        """
        async with self._one_at_a_time:
            self.fence = await self._mended()
            return self.fence

    async def rebuild(self) -> Fence | None:
        """Raise the epoch and load a ledger that holds what the records say, in one step.

        The new epoch is past the ledger's own as well: the records may have come from a backup. None while
        another process does so.
        """
        going_on = asyncio.ensure_future(self._go_on())
        try:
            return await self._rebuilt()
        finally:
            going_on.cancel()

    async def _go_on(self) -> None:
        """Say now and then that the rebuild goes on, for which the store waits by a clock of its own."""
        while True:
            await asyncio.sleep(GO_ON_SECONDS)
            with suppress(RecordsAway):
                await self.stages.go_on_rebuilding()

    async def _rebuilt(self) -> Fence | None:
        began = self.seconds()
        found = await self.ledger.fence()
        scan = await self.stages.rebuild_scan(self.clock.now(), above=0 if found is None else found.epoch)
        if scan is None:
            return None
        snapshot = await asyncio.to_thread(self._snapshot, scan)  # seconds, after years of use
        await self.ledger.install(scan.fence, snapshot, now=self.clock.now())
        await self.stages.end_rebuilding()
        took = self.seconds() - began
        self.report(Rebuilt(epoch=scan.fence.epoch, generations=len(scan.open), seconds=took))
        return scan.fence

    async def release_abandoned(self) -> None:
        """Close reservations whose create never reached the records, or which the records closed."""
        fence = await self.admissions.fence()
        until = self.clock.now() - ABANDONED_AFTER
        old = await self.ledger.opened_before(until)
        recorded = await self.stages.find({_generation_of(id) for id in old})
        for id in old:
            await self._release_if_abandoned(fence, id, recorded.get(_generation_of(id)), until=until)
        await self.ledger.sweep(self.clock.now() - BUCKETS_KEPT)

    async def _mended(self) -> Fence:
        wanted = await self.admissions.fence()
        found = await self.ledger.fence()
        if found == wanted:
            return wanted
        if found is not None and _only_policies_differ(found, wanted):
            await self.ledger.move_fence(found, wanted)
            return wanted
        if self.fence != UNKNOWN:
            self.report(LedgerLost(why="incomplete" if found is None else "not at the records' fence"))
        return await self.rebuild() or wanted

    async def _release_if_abandoned(
        self, fence: Fence, id: ReservationId, recorded: Generation | None, *, until: datetime
    ) -> None:
        """Release a reservation that nobody will ask for, unless someone takes it up this moment."""
        if recorded is not None and rebuild.needs(recorded, id):
            return
        recorded = await self._used_up(id)
        if recorded is None or rebuild.needs(recorded, id):
            return
        charged = recorded.charged if recorded.reservation == id else None
        await self.ledger.close(fence, id, charged or ZERO, opened_before=until)
        self.report(Abandoned(reservation=id))

    async def _used_up(self, id: ReservationId) -> Generation | None:
        """Use an id up, so that nobody records it from now on; answer what the records say of it then."""
        generation = _generation_of(id)
        await self.stages.void(ReservationId(generation) if is_slot(id) else id)
        return (await self.stages.find({generation})).get(generation)

    def _snapshot(self, scan: Scan) -> Snapshot:
        held = [reservation for generation in scan.open for reservation in self._held(scan, generation)]
        return Snapshot(rebuild.settled_amounts(scan.closed, scan.policies, scan.span), tuple(held))

    def _held(self, scan: Scan, generation: Generation) -> list[Reservation]:
        levels = rebuild.levels_of(scan.policies, generation.team, generation.key)
        admission = rebuild.admission_claims(generation, levels)
        held = [Reservation(generation.reservation, admission, generation.fingerprint)]
        if generation.stage in rebuild.HOLDS_SLOT:
            lane_max = self.concurrency.counted(generation.model)
            slot = rebuild.slot_claims(generation, levels, lane_max=lane_max)
            assert generation.slot is not None, "what is sent holds a slot"
            held.append(Reservation(generation.slot, slot))
        return held


def _only_policies_differ(found: Fence, wanted: Fence) -> bool:
    return found.epoch == wanted.epoch and found.layout == wanted.layout and found.policies < wanted.policies


def _generation_of(id: ReservationId) -> GenerationId:
    return GenerationId(id.partition(":")[0])

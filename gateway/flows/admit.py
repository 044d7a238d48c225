"""The story of an admission: held in the ledger, then recorded, so that nothing is ever recorded unheld."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec import structs

from gateway.flows.asked import Admission, Left, Wanted
from gateway.flows.mend import Mend
from gateway.flows.retract import Retract
from gateway.flows.settle import Settle
from gateway.flows.slots import Slots
from gateway.ports.clock import Clock
from gateway.ports.ledger import Granted, Joined, Ledger, LimitReached, Reservation, Stale
from gateway.ports.records import (
    Admissions,
    FenceMoved,
    Recorded,
    RecordsAway,
    SameFingerprint,
    SameIdempotencyKey,
    Voided,
)
from gateway.rules.accounts import ADMISSION, claims
from gateway.rules.credits import ZERO
from gateway.rules.fairness import BEFORE, turn
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import GenerationId, ReservationId, TaskId
from gateway.rules.refusals import BudgetExceeded, LimitFacts


@dataclass(frozen=True, kw_only=True)
class Admit:
    """Makes one attempt at admission. None means that the world moved meanwhile: start again."""

    ledger: Ledger
    admissions: Admissions
    mend: Mend
    slots: Slots
    settle: Settle
    retract: Retract
    clock: Clock
    new_id: Callable[[], str]
    project: str

    async def admit(self, wanted: Wanted, *, alone: bool) -> Admission | SameIdempotencyKey | Joined | None:
        """Reserve, take a slot if one is free, and record.

        Raises BudgetExceeded. Answers Joined when the like of it is reserved already, unless `alone`.
        """
        generation = self._generation(wanted)
        held = await self._reserve(generation, wanted, fingerprint=None if alone else wanted.fingerprint)
        if not isinstance(held, Granted):
            return held
        generation = await self._with_slot(generation, wanted)
        return await self._record(generation, wanted, left=held.left)

    def task(self, wanted: Wanted, *, pays: bool, generation: GenerationId) -> Task:
        """Make a new task for a request."""
        asked = wanted.asked
        return Task(
            id=TaskId(self.new_id()),
            generation=generation,
            team=asked.holder.team.id,
            key=asked.holder.key.id,
            created_at=self.clock.now(),
            pays=pays,
            digest=asked.digest,
            saved=ZERO if pays else wanted.price.credits,
            attempt=asked.attempt,
            idempotency_key=asked.idempotency_key,
            labels=asked.labels,
        )

    def _generation(self, wanted: Wanted) -> Generation:
        asked, now = wanted.asked, self.clock.now()
        id = self.new_id()
        return Generation(
            id=GenerationId(id),
            stage=Stage.QUEUED,
            operation=asked.operation.name,
            model=wanted.model,
            project=self.project,
            body=msgspec.json.encode(asked.body),
            headers=asked.headers,
            team=asked.holder.team.id,
            key=asked.holder.key.id,
            reservation=ReservationId(id),
            reserved=wanted.price.credits,
            priced_as=wanted.price.priced_as,
            created_at=now,
            due_at=now,
            fingerprint=wanted.fingerprint,
            priority=asked.priority,
            turn=now.timestamp(),
        )

    async def _reserve(
        self, generation: Generation, wanted: Wanted, *, fingerprint: str | None
    ) -> Granted | Joined | None:
        holder, now = wanted.asked.holder, generation.created_at
        wishes = claims(holder.levels, ADMISSION, model=wanted.model, price=wanted.price.credits, now=now)
        reservation = Reservation(generation.reservation, wishes, fingerprint)
        match await self.ledger.reserve(holder.fence, reservation, now=now):
            case Granted() as granted:
                return granted
            case Joined() as joined:
                return joined
            case LimitReached(claim, total, held):
                account = claim.account
                resets_at = account.resets_at(now)
                facts = LimitFacts.of(
                    account.owner, account.limit, total=total, held=held, resets_at=resets_at
                )
                raise BudgetExceeded(facts)
            case Stale():
                await self.mend.mend()
                return None

    async def _with_slot(self, generation: Generation, wanted: Wanted) -> Generation:
        holder = wanted.asked.holder
        slot = await self.slots.take(generation, holder.binding)
        if slot is not None:
            return structs.replace(generation, stage=Stage.FORWARDING, slot=slot)
        before = BEFORE[generation.priority]
        waiting = await self.admissions.waiting(generation.lane, generation.team, before)
        place = turn(generation.created_at, waiting=waiting, weight=holder.team.policy.weight)
        return structs.replace(generation, turn=place)

    async def _record(
        self, generation: Generation, wanted: Wanted, *, left: Left
    ) -> Admission | SameIdempotencyKey | None:
        fence = wanted.asked.holder.fence
        task = self.task(wanted, pays=True, generation=generation.id)
        in_line = self.slots.in_line(generation)
        try:
            recorded = await self.admissions.record(fence, generation, task, in_line=in_line)
        except RecordsAway:
            self.retract.doubt(generation, attempt=task.attempt)
            raise
        match recorded:
            case Recorded(stage):
                if stage is Stage.QUEUED:
                    await self.settle.free_slot(generation)
                    generation = structs.replace(generation, stage=stage, slot=None)
                return Admission(task, generation, left)
            case SameIdempotencyKey() as same:
                await self._give_back(generation, wanted)
                return same
            case FenceMoved() | Voided() | SameFingerprint():
                await self._give_back(generation, wanted)
                return None

    async def _give_back(self, generation: Generation, wanted: Wanted) -> None:
        await self.settle.free_slot(generation)
        await self.settle.release(wanted.asked.holder.fence, generation.reservation)

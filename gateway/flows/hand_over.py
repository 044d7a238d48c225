"""The story of a queued generation whose payer left: the next who waits for it pays, or it ends."""

from dataclasses import dataclass

from gateway.flows.mend import Mend
from gateway.flows.settle import Settle
from gateway.ports.clock import Clock
from gateway.ports.ledger import Granted, Ledger, LimitReached, Reservation, Stale
from gateway.ports.records import Directory, Sight, Stages
from gateway.rules.accounts import ADMISSION, claims
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import GenerationId, ReservationId
from gateway.rules.settlement import refused

DELETED_IN_TIME = refused("The task was deleted before it started.")
"""Of a queued generation that nobody waits for, which is never sent."""
HANDED_OVER_MAX = 100
"""Attempts to make a follower the payer, each of which stood still for a minute."""
NOBODY_PAYS = refused("No team that waits for it has budget left.")


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Begun by the DELETE of the payer, and done again by the queue wherever that got no further."""

    stages: Stages
    sight: Sight
    directory: Directory
    ledger: Ledger
    mend: Mend
    settle: Settle
    clock: Clock

    async def hand_over(self, generation: Generation) -> None:
        """Let the oldest that can afford it pay; end the generation when nobody can, or nobody is left.

        What moved meanwhile is left to the next round of the queue.
        """
        waiting = [seen.task for seen in await self.sight.tasks_of({generation.id})]
        if any(task.pays for task in waiting):
            return
        for follower in waiting:
            if await self._let_pay(generation, follower):
                return
        ending = NOBODY_PAYS if waiting else DELETED_IN_TIME
        await self.settle.settle(generation, ending, stages=(Stage.QUEUED,))

    async def _let_pay(self, generation: Generation, follower: Task) -> bool:
        """Make a follower the payer; False only when its limits refuse that."""
        binding = await self.directory.binding(follower.team, follower.key)
        wishes = claims(
            binding.levels,
            ADMISSION,
            model=generation.model,
            price=generation.reserved,
            now=generation.created_at,
        )
        reservation = await self._unspent(generation, follower)
        asked = Reservation(reservation, wishes, instead_of=generation.reservation)
        match await self.ledger.reserve(binding.fence, asked, now=self.clock.now()):
            case LimitReached():
                return False
            case Granted():
                pays = await self.stages.promote(binding.fence, generation.id, follower, reservation)
                await self.settle.release(binding.fence, generation.reservation if pays else reservation)
            case Stale():
                await self.mend.mend()
            case _:
                pass
        return True

    async def _unspent(self, generation: Generation, follower: Task) -> ReservationId:
        """Name the same reservation until the janitor voids it, so that what is in doubt is held once."""
        for number in range(HANDED_OVER_MAX):
            name = f"{generation.id}:{follower.id}:{number}"
            if not await self.stages.find({GenerationId(name)}):
                return ReservationId(name)
        raise AssertionError("every attempt was slept through")

"""The story of a queued generation whose payer left: the next who waits for it pays, or it ends."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.flows.mend import Mend
from gateway.flows.settle import Settle
from gateway.ports.clock import Clock
from gateway.ports.ledger import Granted, Ledger, LimitReached, Reservation, Stale
from gateway.ports.records import Directory, Sight, Stages
from gateway.rules.accounts import ADMISSION, claims
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import ReservationId
from gateway.rules.settlement import refused

DELETED_IN_TIME = refused("The task was deleted before it started.")
"""Of a queued generation that nobody waits for, which is never sent."""
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
    new_id: Callable[[], str]

    async def hand_over(self, generation: Generation) -> None:
        """Let the oldest that can afford it pay; end the generation when nobody can, or nobody is left.

        What moved meanwhile is left to the next round of the queue.
        """
        waiting = [seen.task for seen in await self.sight.tasks_of({generation.id})]
        if any(task.pays for task in waiting):
            return
        for follower in waiting:
            if not await self._is_refused(generation, follower):
                return
        ending = NOBODY_PAYS if waiting else DELETED_IN_TIME
        await self.settle.settle(generation, ending, stages=(Stage.QUEUED,))

    async def _is_refused(self, generation: Generation, follower: Task) -> bool:
        """Make a follower the payer, and tell whether its limits refuse that."""
        binding = await self.directory.binding(follower.team, follower.key)
        wishes = claims(
            binding.levels,
            ADMISSION,
            model=generation.model,
            price=generation.reserved,
            now=generation.created_at,
        )
        reservation = ReservationId(f"{generation.id}:{self.new_id()}")
        asked = Reservation(reservation, wishes, instead_of=generation.reservation)
        match await self.ledger.reserve(binding.fence, asked, now=self.clock.now()):
            case LimitReached():
                return True
            case Granted():
                pays = await self.stages.promote(binding.fence, generation.id, follower, reservation)
                await self.settle.release(binding.fence, generation.reservation if pays else reservation)
            case Stale():
                await self.mend.mend()
            case _:
                pass
        return False

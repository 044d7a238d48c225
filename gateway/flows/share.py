"""The story of a create that need not be paid again: an earlier task of its own, or the like of it."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.flows.admit import Admit
from gateway.flows.asked import Wanted
from gateway.flows.deliveries import Deliveries
from gateway.ports.clock import Clock
from gateway.ports.records import Admissions, Seen
from gateway.rules.ids import GenerationId
from gateway.rules.refusals import IdempotencyKeyReused

RETRY_WINDOW = timedelta(minutes=10)
"""An SDK sends at most three times, each within 60 s, with up to 60 s between them."""
REUSE_WINDOW = timedelta(hours=24)
"""How old a generation may be to be shared: Runway promises its outputs for 24 h."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """Finds what a request may be answered with instead of a new generation."""

    admissions: Admissions
    admit: Admit
    deliveries: Deliveries
    clock: Clock
    reuse_window: timedelta = REUSE_WINDOW

    async def own(self, wanted: Wanted) -> Seen | None:
        """Find the task that the same request made before: by Idempotency-Key, or as an SDK's retry.

        Raises IdempotencyKeyReused when the key was used for another request.
        """
        asked = wanted.asked
        if asked.idempotency_key is not None:
            seen = await self.admissions.with_idempotency_key(asked.holder.team.id, asked.idempotency_key)
            return None if seen is None else self.same_request(wanted, seen)
        if asked.attempt == 0:
            return None
        await self.deliveries.flush()
        return await self.admissions.retried(
            asked.holder.key.id,
            asked.digest,
            attempt=asked.attempt,
            not_before=self.clock.now() - RETRY_WINDOW,
        )

    def same_request(self, wanted: Wanted, seen: Seen) -> Seen:
        """Check that an Idempotency-Key stands for the same request as before."""
        if seen.task.digest != wanted.asked.digest:
            raise IdempotencyKeyReused
        return seen

    async def like(self, wanted: Wanted) -> Seen | None:
        """Attach a new task to a generation of an identical seeded request, if there is one.

        Another request that used the Idempotency-Key a moment ago is found here, and checked as in `own`.
        """
        if wanted.fingerprint is None:
            return None
        task = self.admit.task(wanted, pays=False, generation=GenerationId(""))
        not_before = self.clock.now() - self.reuse_window
        seen = await self.admissions.join(wanted.fingerprint, task, not_before=not_before)
        return None if seen is None else self.same_request(wanted, seen)

"""The stories in which a gateway is killed: each sets its scene and tells what the victim is to do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.flows.asked import Created
from gateway.flows.mend import ABANDONED_AFTER
from gateway.ports.ledger import LedgerAway, Reservation
from gateway.rules.accounts import ADMISSION, claims
from gateway.rules.credits import Credits
from gateway.rules.ids import ReservationId
from gateway.rules.pace import STUCK_AFTER
from gateway.rules.policy import EMPTY
from tests.gateway.flows.barrier import failing
from tests.gateway.flows.play import (
    CLIP_COST,
    PAST_LEASES,
    Member,
    Peer,
    Play,
    clip,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
    seeded,
    task_id,
)

BUDGET = limits(credits_limit(100), generations_limit(4), running_limit(1))
MINUTE = timedelta(minutes=1, seconds=1)
Act = Callable[[], Awaitable[object]]


@dataclass
class Cast:
    """Who plays: a gateway that will die, one that lives, a team; and the round, which all bodies name."""

    play: Play
    victim: Peer
    survivor: Peer
    member: Member
    number: int

    def body(self, **changes: object) -> dict[str, Any]:
        return clip(promptText=f"round {self.number}", **changes)

    async def made_before(self, **changes: object) -> Created:
        """Create with the survivor."""
        return await self.survivor.create(self.member, self.body(**changes))

    async def slot_taken(self) -> Created:
        """Take the team's only slot, so that what comes next is queued."""
        return await self.survivor.create(self.member, clip(promptText=f"before round {self.number}"))

    async def creating(self, **wishes: Any) -> Act:  # noqa: ANN401 (fields of what is asked)
        body = wishes.pop("body", self.body())
        asked = await self.victim.asked(self.member, body, **wishes)
        return lambda: self.victim.gateway.app.surface.create.create(asked)

    def cancelling(self, created: Created) -> Act:
        cancel = self.victim.gateway.app.surface.cancel
        return lambda: cancel.cancel(task_id(created), self.member.team)


async def create(cast: Cast) -> Act:
    return await cast.creating()


async def create_seeded(cast: Cast) -> Act:
    return await cast.creating(body=cast.body(seed=1))


async def create_refused(cast: Cast) -> Act:
    cast.play.upstream.arm("refuse", status=400, operation="image_to_video", times=1)
    return await cast.creating()


async def create_unclear(cast: Cast) -> Act:
    cast.play.upstream.arm("lose-answer", times=1)
    return await cast.creating()


async def create_dearer(cast: Cast) -> Act:
    """Each round a little more, for what was asked last time is known."""
    cast.play.upstream.prices.factor = 1 + cast.number / 10
    return await cast.creating()


async def create_cheaper(cast: Cast) -> Act:
    cast.play.upstream.prices.factor = 0.4
    return await cast.creating()


async def create_joining(cast: Cast) -> Act:
    await cast.made_before(seed=1)
    return await cast.creating(body=cast.body(seed=1))


async def create_retrying(cast: Cast) -> Act:
    await cast.made_before()
    return await cast.creating(attempt=1)


async def create_with_idempotency_key(cast: Cast) -> Act:
    return await cast.creating(idempotency_key=f"round {cast.number}")


async def settle(cast: Cast) -> Act:
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def settle_failure(cast: Cast) -> Act:
    cast.play.upstream.arm("fail", times=1)
    return await settle(cast)


async def settle_late(cast: Cast) -> Act:
    """It was booked while the ledger was away."""
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    with failing(cast.survivor.gateway.ledger, "close", LedgerAway, times=9):
        await cast.survivor.background.followed.round()
        await cast.survivor.work_done()
    return cast.victim.background._closing


async def watch_progress(cast: Cast) -> Act:
    cast.play.upstream.arm("lasts", seconds=600, times=1)
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def watch_what_is_gone(cast: Cast) -> Act:
    await cast.made_before()
    cast.play.upstream.delete_everything()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def watch_what_is_stuck(cast: Cast) -> Act:
    cast.play.upstream.arm("stuck", progress=0.3, times=1)
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    await cast.survivor.round()
    cast.play.clock.advance(STUCK_AFTER + PAST_LEASES)
    return cast.victim.background.followed.round


async def see_running_again(cast: Cast) -> Act:
    cast.play.upstream.arm("lasts", seconds=600, times=1)
    await cast.made_before()
    cast.play.upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    cast.play.clock.advance(MINUTE)
    await cast.survivor.round()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background._evidence


async def give_up_an_orphan(cast: Cast) -> Act:
    """Its sender died before it sent anything."""
    await cast.slot_taken()
    queued = await cast.survivor.generation(await cast.made_before())
    fence = await cast.survivor.background.admissions.fence()
    await cast.survivor.background.stages.begin_forwarding(fence, queued.id, at=cast.play.clock.now())
    cast.play.clock.advance(PAST_LEASES)
    return cast.victim.background._orphans


async def cancel_running(cast: Cast) -> Act:
    return cast.cancelling(await cast.made_before())


async def cancel_finished(cast: Cast) -> Act:
    made = await cast.made_before()
    await cast.survivor.rest()
    return cast.cancelling(made)


async def cancel_queued(cast: Cast) -> Act:
    await cast.slot_taken()
    return cast.cancelling(await cast.made_before())


async def hand_over(cast: Cast) -> Act:
    await cast.slot_taken()
    queued = await cast.made_before(seed=1)
    follower = await cast.survivor.add_member(f"follower-{cast.number}", limits(credits_limit(25)))
    await cast.survivor.create(follower, seeded(promptText=f"round {cast.number}"))
    return cast.cancelling(queued)


async def dispatch(cast: Cast) -> Act:
    first = await cast.slot_taken()
    await cast.made_before()
    await cast.survivor.cancel(first, cast.member)
    return cast.victim.background.dispatch.dispatch


async def dispatch_in_vain(cast: Cast) -> Act:
    act = await dispatch(cast)
    cast.play.upstream.arm("refuse", status=503, operation="image_to_video", times=1)
    return act


async def rebuild(cast: Cast) -> Act:
    await cast.made_before()
    await cast.play.flush_ledger()
    return cast.victim.background.mend.mend


async def new_limit(cast: Cast) -> Act:
    await cast.made_before()
    stricter = limits(credits_limit(100), credits_limit(1000, timezone="Asia/Tokyo"), running_limit(1))
    return lambda: cast.victim.administer.set_policy(cast.member.team_owner, stricter, if_version=None)


async def new_key(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.add_key(cast.member.team, "another", EMPTY, expires_at=None)


async def resolve(cast: Cast) -> Act:
    cast.play.upstream.arm("lose-answer", times=1)
    made = await cast.made_before()
    return lambda: cast.victim.administer.resolve(task_id(made), Credits(CLIP_COST), "seen on the bill")


async def release_abandoned(cast: Cast) -> Act:
    holder = (await cast.survivor.asked(cast.member)).holder
    now, price = cast.play.clock.now(), Credits(CLIP_COST)
    wishes = claims(holder.levels, ADMISSION, model="gen4_turbo", price=price, now=now)
    reservation = Reservation(ReservationId(f"abandoned-{cast.number}"), wishes)
    await cast.survivor.gateway.ledger.reserve(holder.fence, reservation, now=now)
    cast.play.clock.advance(ABANDONED_AFTER + MINUTE)
    return cast.victim.background.mend.release_abandoned


QUICK = (
    create,
    create_seeded,
    create_refused,
    create_dearer,
    settle,
    settle_failure,
    see_running_again,
    cancel_running,
    cancel_queued,
    hand_over,
    dispatch,
    rebuild,
    new_limit,
    release_abandoned,
)
THOROUGH = (
    create_unclear,
    create_cheaper,
    create_joining,
    create_retrying,
    create_with_idempotency_key,
    settle_late,
    watch_progress,
    watch_what_is_gone,
    watch_what_is_stuck,
    give_up_an_orphan,
    cancel_finished,
    dispatch_in_vain,
    new_key,
    resolve,
)

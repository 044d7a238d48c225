import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from gateway.ports.ledger import Granted, Reservation, Stale, Use
from gateway.rules.accounts import ADMISSION, claims
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId
from gateway.rules.policy import Per
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.books import assert_ledger_agrees
from tests.gateway.flows.clock import ManualClock
from tests.gateway.flows.play import (
    CLIP_COST,
    CLIP_CREDITS,
    Peer,
    Play,
    clip,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
)
from tests.gateway.flows.upstream import Upstream

BUDGET = limits(credits_limit(1000), generations_limit(40), running_limit(2))
ABANDONED = timedelta(seconds=61)


async def test_a_ledger_that_stands_at_the_records_fence_is_left_alone(peer: Peer) -> None:
    before = len(peer.told("rebuilt"))

    fence = await peer.background.mend.mend()

    assert fence == await peer.background.admissions.fence()
    assert len(peer.told("rebuilt")) == before


async def test_a_missing_ledger_is_rebuilt(play: Play, peer: Peer) -> None:
    before = await peer.background.admissions.fence()
    await play.flush_ledger()

    fence = await peer.background.mend.mend()

    assert fence.epoch == before.epoch + 1
    assert await peer.gateway.ledger.fence() == fence


async def test_a_lane_is_counted_before_it_is_known_what_runway_runs_at_once(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    upstream.set_tier("1")
    member = await peer.add_member("ads")
    running = await peer.create(member)
    await play.flush_ledger()
    await peer.background.mend.mend()
    await peer.read_tier()

    queued = await peer.create(member)

    stages = [(await peer.generation(created)).stage for created in (running, queued)]
    assert stages == [Stage.RUNNING, Stage.QUEUED]


async def test_a_change_of_policies_alone_moves_the_fence_and_rebuilds_nothing(peer: Peer) -> None:
    before = len(peer.told("rebuilt"))

    await peer.add_member("ads")

    assert await peer.gateway.ledger.fence() == await peer.background.admissions.fence()
    assert len(peer.told("rebuilt")) == before


async def test_a_ledger_behind_the_records_is_rebuilt(peer: Peer) -> None:
    await peer.background.stages.rebuild_scan(peer.clock.now())

    fence = await peer.background.mend.mend()

    assert await peer.gateway.ledger.fence() == fence


async def test_a_ledger_past_the_records_is_rebuilt_past_its_own_epoch(peer: Peer) -> None:
    """The records came from a backup."""
    ledger, here = peer.gateway.ledger, await peer.background.admissions.fence()
    await ledger.move_fence(here, Fence(epoch=here.epoch + 9, policies=here.policies))

    fence = await peer.background.mend.mend()

    assert fence.epoch == here.epoch + 10
    assert await ledger.fence() == fence == await peer.background.admissions.fence()


async def test_a_rebuilt_ledger_holds_what_each_stage_holds(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    await peer.create(member)
    await peer.rest()  # done
    upstream.arm("lose-answer", times=1)
    await peer.create(member)  # unclear
    for _ in range(3):
        await peer.create(member)  # two running, one queued
    await play.flush_ledger()

    await peer.background.mend.mend()

    await assert_ledger_agrees(peer)
    assert await peer.use(member.team_owner, credits_limit(1000)) == Use(5 * CLIP_COST, 4 * CLIP_COST)
    assert await peer.use(member.team_owner, generations_limit(40)) == Use(5, 4)
    assert await peer.use(member.team_owner, running_limit(2)) == Use(2, 2)


async def test_many_who_find_the_ledger_lost_admit_what_fits(play: Play) -> None:
    peers = [await play.peer() for _ in range(3)]
    member = await peers[0].add_member("ads", limits(credits_limit(50)))
    await play.flush_ledger()

    outcomes = await asyncio.gather(
        *(peer.create(member, clip(promptText=str(n))) for n in range(3) for peer in peers),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, BudgetExceeded)]
    assert len(refused) == 7


async def test_an_abandoned_reservation_is_released(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    reserved = await _reserve(peer, member.secret)
    peer.clock.advance(ABANDONED)

    await peer.background.mend.release_abandoned()

    assert isinstance(reserved, Granted)
    assert await peer.use(member.team_owner, credits_limit(1000)) == Use(0, 0)


async def test_a_young_reservation_is_left_alone(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    await _reserve(peer, member.secret)
    peer.clock.advance_seconds(59)

    await peer.background.mend.release_abandoned()

    assert (await peer.use(member.team_owner, credits_limit(1000))).held == CLIP_COST
    peer.clock.advance_seconds(2)
    await peer.background.mend.release_abandoned()


async def test_a_reservation_that_the_records_want_is_left_alone(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    peer.clock.advance(ABANDONED)

    await peer.background.mend.release_abandoned()

    assert (await peer.generation(created)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, credits_limit(1000)) == Use(CLIP_COST, CLIP_COST)
    assert await peer.use(member.team_owner, running_limit(2)) == Use(1, 1)


async def test_a_stale_fence_grants_nothing(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    holder = (await peer.asked(member)).holder
    await peer.background.mend.rebuild()
    wishes = claims(holder.levels, ADMISSION, model="gen4_turbo", price=Credits(1), now=peer.clock.now())

    answer = await peer.gateway.ledger.reserve(
        holder.fence, Reservation(ReservationId("late"), wishes), now=peer.clock.now()
    )

    assert isinstance(answer, Stale)


@pytest.mark.parametrize("hours", [11, 12, 36])
async def test_a_rebuild_on_the_next_day_keeps_the_days_apart(play: Play, peer: Peer, hours: int) -> None:
    member = await peer.add_member("ads", BUDGET)
    await peer.create(member)
    await peer.rest()
    peer.clock.advance(timedelta(hours=hours))
    await peer.create(member)
    await play.flush_ledger()

    await peer.background.mend.mend()

    same_day = hours == 11
    use = await peer.use(member.team_owner, credits_limit(1000))
    assert use == Use(CLIP_COST * (1 + same_day), CLIP_COST)


@pytest.mark.parametrize(("passed", "apart"), [(-10, 20), (10, -20)], ids=["ahead", "behind"])
async def test_a_host_on_the_other_side_of_midnight_rebuilds_this_ones_day_too(
    play: Play, peer: Peer, passed: int, apart: int
) -> None:
    limit = credits_limit(CLIP_CREDITS, per=Per.DAY)
    member = await peer.add_member("ads", limits(limit))
    midnight = (peer.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    peer.clock.advance(midnight + timedelta(minutes=passed - 5) - peer.clock.now())
    await peer.create(member)
    await peer.rest()
    peer.clock.advance(midnight + timedelta(minutes=passed) - peer.clock.now())
    await play.flush_ledger()

    await replace(peer.background.mend, clock=HostsClock(peer.clock, timedelta(minutes=apart))).mend()

    assert await peer.use(member.team_owner, limit) == Use(CLIP_COST, 0)


@dataclass(frozen=True)
class HostsClock:
    """Another host's clock, which stands some time apart."""

    clock: ManualClock
    apart: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.apart

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


async def _reserve(peer: Peer, secret: str) -> object:
    """Hold what a create would hold, and never record it."""
    holder = await peer.background.authenticate.holder(secret, address="127.0.0.1")
    now = peer.clock.now()
    wishes = claims(holder.levels, ADMISSION, model="gen4_turbo", price=Credits(CLIP_COST), now=now)
    reservation = Reservation(ReservationId("abandoned"), wishes)
    return await peer.gateway.ledger.reserve(holder.fence, reservation, now=now)


async def test_one_process_rebuilds_at_a_time(play: Play, peer: Peer) -> None:
    other = await play.peer()
    await play.flush_ledger()
    with barrier(peer.gateway.ledger, "install") as installing:
        rebuilding = asyncio.ensure_future(peer.background.mend.rebuild())
        await installing.reached.wait()

        assert await other.background.mend.rebuild() is None
        installing.open()
        fence = await rebuilding

    assert await other.background.mend.mend() == fence
    assert await other.gateway.ledger.fence() == fence


async def test_a_rebuild_that_fell_silent_is_taken_over_and_does_no_harm(play: Play, peer: Peer) -> None:
    other = await play.peer()
    await play.flush_ledger()
    with barrier(peer.gateway.ledger, "install") as installing:
        rebuilding = asyncio.ensure_future(peer.background.mend.rebuild())
        await installing.reached.wait()
        with barrier(peer.background.stages, "go_on_rebuilding"):
            play.clock.advance_seconds(6)
            taken_over = await other.background.mend.rebuild()
        installing.open()
        await rebuilding

    assert taken_over is not None
    assert await other.background.mend.mend() == await peer.background.mend.mend()
    assert await peer.gateway.ledger.fence() == await peer.background.admissions.fence()

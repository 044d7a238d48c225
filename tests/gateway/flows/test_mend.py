import asyncio
from datetime import timedelta

import pytest

from gateway.ports.ledger import Granted, Reservation, Stale, Use
from gateway.rules.accounts import ADMISSION, claims
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.flows.books import assert_ledger_agrees
from tests.gateway.flows.play import (
    CLIP_COST,
    Play,
    Process,
    clip,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
)
from tests.gateway.flows.upstream import Upstream

BUDGET = limits(credits_limit(1000), generations_limit(40), running_limit(2))
ABANDONED = timedelta(seconds=61)


async def test_a_ledger_that_stands_at_the_records_fence_is_left_alone(process: Process) -> None:
    before = len(process.told("rebuilt"))

    fence = await process.background.mend.mend()

    assert fence == await process.background.admissions.fence()
    assert len(process.told("rebuilt")) == before


async def test_a_missing_ledger_is_rebuilt(play: Play, process: Process) -> None:
    before = await process.background.admissions.fence()
    await play.flush_ledger()

    fence = await process.background.mend.mend()

    assert fence.epoch == before.epoch + 1
    assert await process.gateway.ledger.fence() == fence


async def test_a_change_of_policies_alone_moves_the_fence_and_rebuilds_nothing(process: Process) -> None:
    before = len(process.told("rebuilt"))

    await process.add_member("ads")

    assert await process.gateway.ledger.fence() == await process.background.admissions.fence()
    assert len(process.told("rebuilt")) == before


async def test_a_ledger_behind_the_records_is_rebuilt(process: Process) -> None:
    await process.background.stages.rebuild_scan(above=0)

    fence = await process.background.mend.mend()

    assert await process.gateway.ledger.fence() == fence


async def test_a_ledger_past_the_records_is_rebuilt_past_its_own_epoch(process: Process) -> None:
    """The records came from a backup."""
    ledger, here = process.gateway.ledger, await process.background.admissions.fence()
    await ledger.move_fence(here, Fence(epoch=here.epoch + 9, policies=here.policies))

    fence = await process.background.mend.mend()

    assert fence.epoch == here.epoch + 10
    assert await ledger.fence() == fence == await process.background.admissions.fence()


async def test_a_rebuilt_ledger_holds_what_each_stage_holds(
    play: Play, process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    await process.create(member)
    await process.rest()  # done
    upstream.arm("lose-answer", times=1)
    await process.create(member)  # unclear
    for _ in range(3):
        await process.create(member)  # two running, one queued
    await play.flush_ledger()

    await process.background.mend.mend()

    await assert_ledger_agrees(process)
    assert await process.use(member.team_owner, credits_limit(1000)) == Use(5 * CLIP_COST, 4 * CLIP_COST)
    assert await process.use(member.team_owner, generations_limit(40)) == Use(5, 4)
    assert await process.use(member.team_owner, running_limit(2)) == Use(2, 2)


async def test_many_who_find_the_ledger_lost_admit_what_fits(play: Play) -> None:
    processes = [await play.process() for _ in range(3)]
    member = await processes[0].add_member("ads", limits(credits_limit(50)))
    await play.flush_ledger()

    outcomes = await asyncio.gather(
        *(process.create(member, clip(promptText=str(n))) for n in range(3) for process in processes),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, BudgetExceeded)]
    assert len(refused) == 7


async def test_an_abandoned_reservation_is_released(process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    reserved = await _reserve(process, member.secret)
    process.clock.advance(ABANDONED)

    await process.background.mend.release_abandoned()

    assert isinstance(reserved, Granted)
    assert await process.use(member.team_owner, credits_limit(1000)) == Use(0, 0)


async def test_a_young_reservation_is_left_alone(process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    await _reserve(process, member.secret)
    process.clock.advance_seconds(59)

    await process.background.mend.release_abandoned()

    assert (await process.use(member.team_owner, credits_limit(1000))).held == CLIP_COST
    process.clock.advance_seconds(2)
    await process.background.mend.release_abandoned()


async def test_a_reservation_that_the_records_want_is_left_alone(process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    process.clock.advance(ABANDONED)

    await process.background.mend.release_abandoned()

    assert (await process.generation(created)).stage is Stage.RUNNING
    assert await process.use(member.team_owner, credits_limit(1000)) == Use(CLIP_COST, CLIP_COST)
    assert await process.use(member.team_owner, running_limit(2)) == Use(1, 1)


async def test_a_stale_fence_grants_nothing(process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    holder = (await process.asked(member)).holder
    await process.background.mend.rebuild()
    wishes = claims(holder.levels, ADMISSION, model="gen4_turbo", price=Credits(1), now=process.clock.now())

    answer = await process.gateway.ledger.reserve(
        holder.fence, Reservation(ReservationId("late"), wishes), now=process.clock.now()
    )

    assert isinstance(answer, Stale)


@pytest.mark.parametrize("hours", [11, 12, 36])
async def test_a_rebuild_on_the_next_day_keeps_the_days_apart(
    play: Play, process: Process, hours: int
) -> None:
    member = await process.add_member("ads", BUDGET)
    await process.create(member)
    await process.rest()
    process.clock.advance(timedelta(hours=hours))
    await process.create(member)
    await play.flush_ledger()

    await process.background.mend.mend()

    same_day = hours == 11
    use = await process.use(member.team_owner, credits_limit(1000))
    assert use == Use(CLIP_COST * (1 + same_day), CLIP_COST)


async def _reserve(process: Process, secret: str) -> object:
    """Hold what a create would hold, and never record it."""
    holder = await process.background.authenticate.holder(secret, address="127.0.0.1")
    now = process.clock.now()
    wishes = claims(holder.levels, ADMISSION, model="gen4_turbo", price=Credits(CLIP_COST), now=now)
    reservation = Reservation(ReservationId("abandoned"), wishes)
    return await process.gateway.ledger.reserve(holder.fence, reservation, now=now)

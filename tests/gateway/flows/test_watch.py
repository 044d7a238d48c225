"""Each generation is read as the loop reads it: leased, looked at, and either gone on with or ended."""

from datetime import timedelta

from gateway.ports.ledger import Use
from gateway.rules.credits import to_credits
from gateway.rules.generation import Basis, Stage
from gateway.rules.pace import STUCK_AFTER
from tests.gateway.flows.play import (
    CLIP_COST,
    PAST_LEASES,
    Play,
    Process,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
    task_id,
)
from tests.gateway.flows.upstream import Upstream

FIRST_LOOK = timedelta(seconds=3)
NEXT_LOOK = timedelta(seconds=5)
EVIDENCE = timedelta(minutes=1)
BUDGET = limits(credits_limit(100), generations_limit(4), running_limit(1))


async def test_progress_is_shown_as_runway_tells_it(process: Process) -> None:
    member = await process.add_member("ads")
    created = await process.create(member)
    process.clock.advance(FIRST_LOOK)

    await process.round()

    shown = await process.shown(created)
    assert shown["status"] == "RUNNING"
    assert shown["progress"] == 0.2


async def test_a_running_generation_is_not_read_more_often_than_every_five_seconds(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads")
    await process.create(member)
    process.clock.advance(FIRST_LOOK)

    for _ in range(4):
        await process.round()
        process.clock.advance_seconds(1)

    assert len(upstream.asked("GET")) == 1


async def test_a_success_is_settled_at_what_it_cost(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads", BUDGET)
    upstream.arm("cost", credits=20)
    created = await process.create(member)

    await process.rest()

    ended = await process.generation(created)
    assert (ended.stage, ended.charged, ended.basis) == (Stage.DONE, 20_000, Basis.OBSERVED)
    assert await process.use(member.team_owner, credits_limit(100)) == Use(20_000, 0)
    assert await process.use(member.team_owner, generations_limit(4)) == Use(1, 0)
    assert await process.use(member.team_owner, running_limit(1)) == Use(0, 0)


async def test_a_refunded_failure_costs_nothing_and_counts_as_nothing(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    upstream.arm("fail", code="INTERNAL.BAD_OUTPUT.CODE01")
    created = await process.create(member)

    await process.rest()

    assert (await process.generation(created)).charged == 0
    assert (await process.shown(created))["status"] == "FAILED"
    assert await process.use(member.team_owner, credits_limit(100)) == Use(0, 0)
    assert await process.use(member.team_owner, generations_limit(4)) == Use(0, 0)


async def test_a_failure_that_runway_charges_for_is_charged(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads", BUDGET)
    upstream.arm("fail", code="SAFETY.INPUT.TEXT")
    created = await process.create(member)

    await process.rest()

    assert (await process.generation(created)).charged == CLIP_COST


async def test_a_charge_above_the_reservation_is_booked_in_full(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads", limits(credits_limit(25)))
    upstream.arm("cost", credits=40)
    await process.create(member)

    await process.rest()

    assert await process.use(member.team_owner, credits_limit(25)) == Use(40_000, 0)


async def test_a_task_that_runway_does_not_know_any_more_is_unclear_and_keeps_its_money(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    upstream.delete_everything()
    process.clock.advance(FIRST_LOOK)

    await process.round()

    assert (await process.generation(created)).stage is Stage.UNCLEAR
    assert (await process.shown(created))["status"] == "RUNNING"
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)
    assert await process.use(member.team_owner, running_limit(1)) == Use(0, 0)


async def test_a_key_that_runway_does_not_accept_leaves_the_task_unclear(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    process.clock.advance(FIRST_LOOK)

    await process.round()

    assert (await process.generation(created)).stage is Stage.UNCLEAR


async def test_an_unclear_task_that_is_seen_running_holds_its_slot_again(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    upstream.arm("lasts", seconds=300, times=1)
    created = await process.create(member)
    upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    process.clock.advance(FIRST_LOOK)
    await process.round()
    process.clock.advance(EVIDENCE)

    await process.round()

    assert (await process.generation(created)).stage is Stage.RUNNING
    assert await process.use(member.team_owner, running_limit(1)) == Use(1, 1)


async def test_an_unclear_task_that_is_seen_ended_is_settled(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    process.clock.advance(FIRST_LOOK)
    await process.round()
    process.clock.advance(EVIDENCE)

    await process.round()

    assert (await process.generation(created)).charged == CLIP_COST
    assert (await process.shown(created))["status"] == "SUCCEEDED"


async def test_runway_away_changes_nothing(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    await upstream.leave()
    process.clock.advance(FIRST_LOOK)

    await process.round()

    assert (await process.generation(created)).stage is Stage.RUNNING
    await upstream.listen()


async def test_a_stuck_task_gives_its_slot_back_and_keeps_its_money(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    upstream.arm("stuck", progress=0.3, times=1)
    created = await process.create(member)

    await process.go_on_for(STUCK_AFTER + timedelta(minutes=1))

    assert (await process.generation(created)).stage is Stage.UNCLEAR
    assert len(process.told("stuck")) == 1
    assert await process.use(member.team_owner, running_limit(1)) == Use(0, 0)
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)


async def test_a_stuck_task_stays_unclear_as_long_as_nothing_moves(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    upstream.arm("stuck", progress=0.3, times=1)
    created = await process.create(member)
    await process.go_on_for(STUCK_AFTER + timedelta(minutes=1))

    await process.go_on_for(timedelta(minutes=5))

    assert (await process.generation(created)).stage is Stage.UNCLEAR
    assert len(process.told("stuck")) == 1


async def test_an_unclear_task_shows_failed_after_a_day_and_never_anything_else(
    process: Process, upstream: Upstream
) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    upstream.delete_everything()
    process.clock.advance(FIRST_LOOK)
    await process.round()
    process.clock.advance(timedelta(hours=24))
    await process.round()
    assert (await process.shown(created))["status"] == "FAILED"

    await process.administer.resolve(task_id(created), to_credits(25), "it was there after all")

    assert (await process.shown(created))["failureCode"] == "INTERNAL"


async def test_a_dead_process_s_generations_are_followed_by_another(play: Play, process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    process.clock.advance(FIRST_LOOK)
    await process.background.followed.round()
    await process.work_done()
    other = await play.process()
    process.clock.advance(PAST_LEASES)

    await other.rest()

    assert (await other.generation(created)).charged == CLIP_COST

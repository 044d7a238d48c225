"""Each generation is read as the loop reads it: leased, looked at, and either gone on with or ended."""

from datetime import timedelta

from gateway.ports.ledger import Use
from gateway.rules.credits import to_credits
from gateway.rules.generation import Basis, Stage
from gateway.rules.pace import STUCK_AFTER
from tests.gateway.flows.play import (
    CLIP_COST,
    PAST_LEASES,
    Peer,
    Play,
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


async def test_progress_is_shown_as_runway_tells_it(peer: Peer) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    peer.clock.advance(FIRST_LOOK)

    await peer.round()

    shown = await peer.shown(created)
    assert shown["status"] == "RUNNING"
    assert shown["progress"] == 0.2


async def test_a_running_generation_is_not_read_more_often_than_every_five_seconds(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads")
    await peer.create(member)
    peer.clock.advance(FIRST_LOOK)

    for _ in range(4):
        await peer.round()
        peer.clock.advance_seconds(1)

    assert len(upstream.asked("GET")) == 1


async def test_a_success_is_settled_at_what_it_cost(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("cost", credits=20)
    created = await peer.create(member)

    await peer.rest()

    ended = await peer.generation(created)
    assert (ended.stage, ended.charged, ended.basis) == (Stage.DONE, 20_000, Basis.OBSERVED)
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(20_000, 0)
    assert await peer.use(member.team_owner, generations_limit(4)) == Use(1, 0)
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)


async def test_a_refunded_failure_costs_nothing_and_counts_as_nothing(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("fail", code="INTERNAL.BAD_OUTPUT.CODE01")
    created = await peer.create(member)

    await peer.rest()

    assert (await peer.generation(created)).charged == 0
    assert (await peer.shown(created))["status"] == "FAILED"
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(0, 0)
    assert await peer.use(member.team_owner, generations_limit(4)) == Use(0, 0)


async def test_a_failure_that_runway_charges_for_is_charged(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("fail", code="SAFETY.INPUT.TEXT")
    created = await peer.create(member)

    await peer.rest()

    assert (await peer.generation(created)).charged == CLIP_COST


async def test_a_charge_above_the_reservation_is_booked_in_full(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(credits_limit(25)))
    upstream.arm("cost", credits=40)
    await peer.create(member)

    await peer.rest()

    assert await peer.use(member.team_owner, credits_limit(25)) == Use(40_000, 0)


async def test_a_task_that_runway_does_not_know_any_more_is_unclear_and_keeps_its_money(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    upstream.delete_everything()
    peer.clock.advance(FIRST_LOOK)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.UNCLEAR
    assert (await peer.shown(created))["status"] == "RUNNING"
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)


async def test_a_key_that_runway_does_not_accept_leaves_the_task_unclear(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    peer.clock.advance(FIRST_LOOK)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.UNCLEAR


async def test_an_unclear_task_that_is_seen_running_holds_its_slot_again(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("lasts", seconds=300, times=1)
    created = await peer.create(member)
    upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    peer.clock.advance(FIRST_LOOK)
    await peer.round()
    peer.clock.advance(EVIDENCE)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, running_limit(1)) == Use(1, 1)


async def test_an_unclear_task_that_is_seen_ended_is_settled(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    peer.clock.advance(FIRST_LOOK)
    await peer.round()
    peer.clock.advance(EVIDENCE)

    await peer.round()

    assert (await peer.generation(created)).charged == CLIP_COST
    assert (await peer.shown(created))["status"] == "SUCCEEDED"


async def test_runway_away_changes_nothing(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    await upstream.leave()
    peer.clock.advance(FIRST_LOOK)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.RUNNING
    await upstream.listen()


async def test_a_stuck_task_gives_its_slot_back_and_keeps_its_money(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("stuck", progress=0.3, times=1)
    created = await peer.create(member)

    await peer.go_on_for(STUCK_AFTER + timedelta(minutes=1))

    assert (await peer.generation(created)).stage is Stage.UNCLEAR
    assert len(peer.told("stuck")) == 1
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)


async def test_a_stuck_task_stays_unclear_as_long_as_nothing_moves(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("stuck", progress=0.3, times=1)
    created = await peer.create(member)
    await peer.go_on_for(STUCK_AFTER + timedelta(minutes=1))

    await peer.go_on_for(timedelta(minutes=5))

    assert (await peer.generation(created)).stage is Stage.UNCLEAR
    assert len(peer.told("stuck")) == 1


async def test_an_unclear_task_shows_failed_after_a_day_and_never_anything_else(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    upstream.delete_everything()
    peer.clock.advance(FIRST_LOOK)
    await peer.round()
    peer.clock.advance(timedelta(hours=24))
    await peer.round()
    assert (await peer.shown(created))["status"] == "FAILED"

    await peer.administer.resolve(task_id(created), to_credits(25), "it was there after all")

    assert (await peer.shown(created))["failureCode"] == "INTERNAL"


async def test_a_dead_process_s_generations_are_followed_by_another(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    peer.clock.advance(FIRST_LOOK)
    await peer.background.followed.round()
    await peer.work_done()
    other = await play.peer()
    peer.clock.advance(PAST_LEASES)

    await other.rest()

    assert (await other.generation(created)).charged == CLIP_COST

import asyncio
from datetime import timedelta

import pytest

from gateway.flows.asked import Created
from gateway.flows.mend import ABANDONED_AFTER
from gateway.ports.ledger import LedgerAway, Use
from gateway.ports.records import RecordsAway
from gateway.rules.generation import Basis, Stage
from gateway.rules.ids import ORGANIZATION
from gateway.rules.pace import STUCK_AFTER
from gateway.rules.policy import Policy
from gateway.rules.refusals import NotFound
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import (
    CLIP_COST,
    Member,
    Peer,
    Play,
    credits_limit,
    generation_id,
    limits,
    running_limit,
    seeded,
)
from tests.gateway.flows.upstream import Upstream

ONE_CLIP = credits_limit(25)
RUNS_ONE = limits(running_limit(1))


async def test_a_task_of_another_team_is_not_found(peer: Peer) -> None:
    ads, art = await peer.add_member("ads"), await peer.add_member("art")
    created = await peer.create(ads)

    with pytest.raises(NotFound):
        await peer.cancel(created, art)


async def test_a_task_is_deleted_once(peer: Peer) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    await peer.cancel(created, member)

    with pytest.raises(NotFound):
        await peer.cancel(created, member)


async def test_a_deleted_task_is_shown_no_more(peer: Peer) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)

    await peer.cancel(created, member)

    assert await peer.shown(created) is None


async def test_a_queued_task_that_nobody_waits_for_never_starts_and_costs_nothing(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(running_limit(1), credits_limit(100)))
    await peer.create(member)
    queued = await peer.create(member)

    await peer.cancel(queued, member)

    assert (await peer.generation(queued)).basis is Basis.REFUSED
    assert (await peer.use(member.team_owner, credits_limit(100))).held == CLIP_COST
    await peer.rest()
    assert len(upstream.creates()) == 1


async def test_the_next_who_waits_pays_when_the_payer_leaves(peer: Peer, upstream: Upstream) -> None:
    payer, follower = await _queue_of_two(peer, upstream, limits(ONE_CLIP), limits(ONE_CLIP))

    await peer.cancel(payer.created, payer.member)

    generation = await peer.generation(follower.created)
    assert generation.team == follower.member.team
    assert await peer.use(payer.member.team_owner, ONE_CLIP) == Use(0, 0)
    assert await peer.use(follower.member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)
    await peer.rest()
    assert (await peer.shown(follower.created))["cost"] == {"credits": 25}


async def test_the_next_who_waits_pays_out_of_a_budget_of_the_organisation_for_one(
    peer: Peer, upstream: Upstream
) -> None:
    payer, follower = await _queue_of_two(
        peer, upstream, limits(), limits(), organization=limits(credits_limit(50))
    )

    await peer.cancel(payer.created, payer.member)

    assert (await peer.generation(follower.created)).stage is Stage.QUEUED


async def test_what_a_next_payer_had_spent_the_day_before_is_not_forgotten_by_a_rebuild(
    play: Play, peer: Peer
) -> None:
    payer, follower = (
        await peer.add_member("payer", RUNS_ONE),
        await peer.add_member("follower", limits(ONE_CLIP)),
    )
    await peer.create(follower)
    await peer.rest()
    await peer.create(payer)
    queued = await peer.create(payer, seeded())
    await peer.create(follower, seeded())
    peer.clock.advance(timedelta(days=1))
    await play.flush_ledger()
    await peer.background.mend.mend()

    await peer.cancel(queued, payer)

    ended = await peer.generation(queued)
    assert (ended.team, ended.charged) == (payer.team, 0)


async def test_a_next_payer_whose_reservation_was_released_meanwhile_pays_with_another(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    payer, follower = await _queue_of_two(peer, upstream, limits(ONE_CLIP), limits(ONE_CLIP))
    other = await play.peer()
    with barrier(peer.background.stages, "promote") as promoting:
        leaving = asyncio.ensure_future(peer.cancel(payer.created, payer.member))
        await promoting.reached.wait()
        peer.clock.advance(ABANDONED_AFTER + timedelta(seconds=1))
        await other.background.mend.release_abandoned()
        promoting.open()
        await leaving
    assert (await peer.generation(follower.created)).team == payer.member.team

    await peer.background.dispatch.dispatch()

    assert (await peer.generation(follower.created)).team == follower.member.team
    assert await peer.use(follower.member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)


@pytest.mark.parametrize(
    ("part", "method", "error"),
    [
        ("directory", "binding", RecordsAway),
        ("ledger", "reserve", LedgerAway),
        ("stages", "promote", RecordsAway),
    ],
)
async def test_who_left_does_not_pay_although_a_store_was_away_meanwhile(
    peer: Peer, upstream: Upstream, *, part: str, method: str, error: type[Exception]
) -> None:
    payer, follower = await _queue_of_two(peer, upstream, limits(ONE_CLIP), limits(ONE_CLIP))
    store = getattr(peer.gateway.app.surface.cancel.hand_over, part)
    with failing(store, method, error, times=1), pytest.raises(error):
        await peer.cancel(payer.created, payer.member)

    await peer.rest()

    generation = await peer.generation(follower.created)
    assert (generation.team, generation.charged) == (follower.member.team, CLIP_COST)
    assert await peer.use(payer.member.team_owner, ONE_CLIP) == Use(0, 0)


async def test_what_nobody_can_pay_for_ends_for_all_who_wait(peer: Peer, upstream: Upstream) -> None:
    payer, follower = await _queue_of_two(peer, upstream, limits(ONE_CLIP), limits(credits_limit(0)))

    await peer.cancel(payer.created, payer.member)

    shown = await peer.shown(follower.created)
    assert shown["status"] == "FAILED"
    assert shown["cost"] == {"credits": 0}
    assert await peer.use(payer.member.team_owner, ONE_CLIP) == Use(0, 0)


async def test_a_follower_that_leaves_changes_nothing_for_the_payer(peer: Peer, upstream: Upstream) -> None:
    payer, follower = await _queue_of_two(peer, upstream, limits(ONE_CLIP), limits())

    await peer.cancel(follower.created, follower.member)

    assert (await peer.generation(payer.created)).team == payer.member.team


async def test_a_running_task_that_is_cancelled_is_assumed_to_have_cost_its_estimate(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    created = await peer.create(member)

    await peer.cancel(created, member)

    ended = await peer.generation(created)
    assert (ended.stage, ended.charged, ended.basis) == (Stage.DONE, CLIP_COST, Basis.ASSUMED)
    assert len(upstream.asked("DELETE")) == 1


async def test_a_running_task_goes_on_for_those_who_stay(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    first, second = await peer.create(member, seeded()), await peer.create(member, seeded())

    await peer.cancel(first, member)

    assert upstream.asked("DELETE") == []
    await peer.rest()
    assert (await peer.shown(second))["status"] == "SUCCEEDED"


async def test_a_cancel_that_loses_against_success_settles_and_deletes_nothing(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    peer.clock.advance_seconds(60)

    await peer.cancel(created, member)

    ended = await peer.generation(created)
    assert (ended.charged, ended.basis) == (CLIP_COST, Basis.OBSERVED)
    assert upstream.asked("DELETE") == []


async def test_a_task_that_is_cancelled_while_it_is_forwarded_is_cancelled_as_soon_as_it_runs(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads")
    with barrier(peer.background.forward.upstream, "create") as sending:
        creating = asyncio.ensure_future(peer.create_slowly(member))
        await sending.reached.wait()
        (task,) = await peer.tasks()
        with barrier(peer.background.stages, "detach", behind=True) as detached:
            cancelling = asyncio.ensure_future(peer.gateway.app.surface.cancel.cancel(task.id, member.team))
            await detached.reached.wait()
        sending.open()
        await asyncio.gather(creating, cancelling)

    assert len(upstream.asked("DELETE")) == 1
    (generation,) = await peer.generations()
    assert (generation.stage, generation.charged) == (Stage.DONE, CLIP_COST)


async def test_a_queued_task_whose_turn_comes_while_it_is_deleted_is_not_sent(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    other = await play.peer()
    member = await peer.add_member("ads", RUNS_ONE)
    await peer.create(member)
    queued = await peer.create(member)
    with barrier(peer.background.stages, "close") as closing:
        cancelling = asyncio.ensure_future(peer.cancel(queued, member))
        await closing.reached.wait()
        await other.administer.set_policy(member.team_owner, limits(running_limit(2)), if_version=None)
        await other.background.dispatch.dispatch()
        await other.work_done()
        closing.open()
        await cancelling

    assert len(upstream.creates()) == 1
    assert (await peer.generation(queued)).basis is Basis.REFUSED


async def test_a_finished_task_that_may_be_shared_keeps_its_copy(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member, seeded())
    await peer.rest()

    await peer.cancel(created, member)

    assert upstream.asked("DELETE") == []


async def test_a_finished_task_that_nobody_shares_is_deleted_upstream_too(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    await peer.rest()

    await peer.cancel(created, member)

    assert len(upstream.asked("DELETE")) == 1
    assert (await peer.generation(created)).basis is Basis.OBSERVED


async def test_a_delete_that_runway_did_not_confirm_is_looked_at_again(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    created = await peer.create(member)
    upstream.arm("refuse", status=500, operation="tasks_delete", times=1)

    await peer.cancel(created, member)

    assert (await peer.generation(created)).stage is Stage.RUNNING
    assert (await peer.use(member.team_owner, credits_limit(100))).held == CLIP_COST
    await peer.rest()
    assert (await peer.generation(created)).charged == CLIP_COST


async def test_a_delete_whose_answer_was_lost_leaves_the_task_unclear(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    created = await peer.create(member)
    with barrier(peer.background.forward.upstream, "delete") as deleting:
        cancelling = asyncio.ensure_future(peer.cancel(created, member))
        await deleting.reached.wait()
        upstream.delete_everything()
        await upstream.leave()
        deleting.open()
        await cancelling
    await upstream.listen()
    peer.clock.advance_seconds(6)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.UNCLEAR
    assert (await peer.use(member.team_owner, credits_limit(100))).held == CLIP_COST


async def test_an_unclear_task_may_be_left_and_its_money_stays_held(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    created = await peer.create(member)
    upstream.delete_everything()
    peer.clock.advance_seconds(6)
    await peer.round()

    await peer.cancel(created, member)

    assert (await peer.generation(created)).stage is Stage.UNCLEAR
    assert (await peer.use(member.team_owner, credits_limit(100))).held == CLIP_COST


async def test_a_stuck_task_that_is_left_is_deleted_upstream_and_costs_its_estimate(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads")
    upstream.arm("stuck", progress=0.3, times=1)
    created = await peer.create(member)
    await peer.go_on_for(STUCK_AFTER + timedelta(minutes=1))
    assert (await peer.generation(created)).stage is Stage.UNCLEAR

    await peer.cancel(created, member)

    ended = await peer.generation(created)
    assert (ended.stage, ended.charged, ended.basis) == (Stage.DONE, CLIP_COST, Basis.ASSUMED)
    assert len(upstream.asked("DELETE")) == 1


class _Waiting:
    """A member with a task that waits."""

    def __init__(self, member: Member, created: Created) -> None:
        self.member, self.created = member, created


async def _queue_of_two(
    peer: Peer, upstream: Upstream, *policies: Policy, organization: Policy | None = None
) -> tuple[_Waiting, _Waiting]:
    """Fill the only slot of Runway's tier, then let one pay for what is queued and another wait for it."""
    upstream.set_tier("1")
    await peer.read_tier()
    await peer.create(await peer.add_member("running"))
    if organization is not None:
        await peer.administer.set_policy(ORGANIZATION, organization, if_version=None)
    members = [await peer.add_member(f"team-{place}", policy) for place, policy in enumerate(policies)]
    payer, follower = [_Waiting(member, await peer.create(member, seeded())) for member in members]
    assert generation_id(payer.created) == generation_id(follower.created)
    return payer, follower

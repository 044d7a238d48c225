import asyncio

import pytest

from gateway.flows.asked import CacheState, CacheWish
from gateway.rules.generation import Stage
from gateway.rules.policy import Reuse
from gateway.rules.refusals import IdempotencyKeyReused, UpstreamRefused
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import (
    CLIP_COST,
    Peer,
    Play,
    credits_limit,
    limits,
    running_limit,
    seeded,
    task_id,
)
from tests.gateway.flows.upstream import Upstream

ONE_CLIP = credits_limit(25)


async def test_an_identical_seeded_create_joins_what_runs(peer: Peer, upstream: Upstream) -> None:
    ads, art = await peer.add_member("ads"), await peer.add_member("art", limits(credits_limit(0)))
    first = await peer.create(ads, seeded())

    second = await peer.create(art, seeded())

    assert second.cache is CacheState.JOINED
    assert second.estimate == 0
    assert task_id(second) != task_id(first)
    assert len(upstream.creates()) == 1


async def test_an_identical_seeded_create_hits_what_is_finished(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    await peer.create(member, seeded())
    await peer.rest()

    second = await peer.create(member, seeded())

    assert second.cache is CacheState.HIT
    assert (await peer.shown(second))["status"] == "SUCCEEDED"
    assert [task.saved for task in await peer.tasks() if task.id == task_id(second)] == [CLIP_COST]
    assert len(upstream.creates()) == 1


async def test_fifty_identical_creates_on_a_budget_for_one_are_one_grant(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))

    created = await asyncio.gather(*(peer.create(member, seeded()) for _ in range(50)))

    states = [each.cache for each in created]
    assert states.count(CacheState.MISS) == 1
    assert states.count(CacheState.JOINED) == 49
    assert len(upstream.creates()) == 1


async def test_another_seed_is_another_generation(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    await peer.create(member, seeded(1))

    await peer.create(member, seeded(2))

    assert len(upstream.creates()) == 2


@pytest.mark.parametrize("reuse", [Reuse.TEAM, Reuse.NONE])
async def test_a_team_that_keeps_to_itself_shares_with_no_other(
    peer: Peer, upstream: Upstream, reuse: Reuse
) -> None:
    ads, art = await peer.add_member("ads", limits(reuse=reuse)), await peer.add_member("art")
    await peer.create(ads, seeded())

    await peer.create(art, seeded())

    assert len(upstream.creates()) == 2


async def test_no_store_neither_shares_nor_is_shared(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    first = await peer.create(member, seeded(), cache=CacheWish.NO_STORE)

    second = await peer.create(member, seeded())

    assert [first.cache, second.cache] == [CacheState.BYPASS, CacheState.MISS]
    assert len(upstream.creates()) == 2


async def test_a_follower_gets_the_same_refusal_as_the_one_it_follows(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    upstream.arm("refuse", status=400, error="no faces, please")
    with barrier(peer.background.forward.upstream, "create") as sending:
        first = asyncio.ensure_future(peer.create_slowly(member, seeded()))
        await sending.reached.wait()
        with barrier(peer.background.admissions, "join", behind=True) as joined:
            second = asyncio.ensure_future(peer.create(member, seeded()))
            await joined.reached.wait()
        sending.open()
        refusals = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(refusal) for refusal in refusals] == [UpstreamRefused, UpstreamRefused]
    assert {refusal.body for refusal in refusals} == {refusals[0].body}  # type: ignore[union-attr]


async def test_a_failure_is_not_shared(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    upstream.arm("fail", code="INTERNAL.BAD_OUTPUT.CODE01", times=1)
    await peer.create(member, seeded())
    await peer.rest()

    again = await peer.create(member, seeded())

    assert again.cache is CacheState.MISS


async def test_a_result_is_shared_for_a_day(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    await peer.create(member, seeded())
    await peer.rest()
    peer.clock.advance_seconds(24 * 3600)

    again = await peer.create(member, seeded())

    assert again.cache is CacheState.MISS
    assert len(upstream.creates()) == 2


async def test_what_everyone_left_while_it_ran_is_made_again(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    first = await peer.create(member, seeded())
    with barrier(peer.background.forward.upstream, "read") as reading:
        cancelling = asyncio.ensure_future(peer.cancel(first, member))
        await reading.reached.wait()

        second = await peer.create(member, seeded())

        reading.open()
        await cancelling
    assert second.cache is CacheState.MISS
    assert len(upstream.creates()) == 2


async def test_a_create_in_another_process_is_joined(play: Play, upstream: Upstream) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(ONE_CLIP))

    both = await asyncio.gather(here.create(member, seeded()), there.create(member, seeded()))

    assert {each.cache for each in both} == {CacheState.MISS, CacheState.JOINED}
    assert len(upstream.creates()) == 1


async def test_of_two_requests_that_use_one_idempotency_key_at_once_the_later_is_refused(
    play: Play, upstream: Upstream
) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads")
    await here.create(member, seeded(1))
    with barrier(here.background.admissions, "join") as joining:
        later = asyncio.ensure_future(here.create_slowly(member, seeded(1), idempotency_key="once"))
        await joining.reached.wait()
        await there.create(member, seeded(2), idempotency_key="once")
        joining.open()

        with pytest.raises(IdempotencyKeyReused):
            await later

    assert len(upstream.creates()) == 2


async def test_a_follower_of_what_is_queued_waits_with_it(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    await peer.create(member)
    first = await peer.create(member, seeded())

    second = await peer.create(member, seeded())

    assert (await peer.generation(second)).stage is Stage.QUEUED
    assert (await peer.shown(second))["status"] == (await peer.shown(first))["status"] == "THROTTLED"

import asyncio

import pytest

from gateway.ports.ledger import Use
from gateway.rules.generation import Basis, Priority, Stage
from gateway.rules.ids import GenerationId
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import (
    CLIP_COST,
    Member,
    Peer,
    Play,
    credits_limit,
    generation_id,
    limits,
    running_limit,
    task_id,
)
from tests.gateway.flows.upstream import Upstream


async def test_the_next_in_line_goes_out_when_a_slot_is_freed(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    first, second = await peer.create(member), await peer.create(member)

    await peer.cancel(first, member)
    await peer.background.dispatch.dispatch()
    await peer.work_done()

    assert (await peer.generation(second)).stage is Stage.RUNNING
    assert len(upstream.creates()) == 2


async def test_nothing_goes_out_while_all_slots_are_taken(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    await peer.create(member)
    await peer.create(member)

    sent = await peer.background.dispatch.dispatch()

    assert sent == 0
    assert len(upstream.creates()) == 1


async def test_runways_own_tier_limits_what_runs_at_once(peer: Peer, upstream: Upstream) -> None:
    upstream.set_tier("1")
    await peer.read_tier()
    ads, art = await peer.add_member("ads"), await peer.add_member("art")

    first, second = await peer.create(ads), await peer.create(art)

    assert (await peer.generation(first)).stage is Stage.RUNNING
    assert (await peer.generation(second)).stage is Stage.QUEUED


async def test_a_team_that_queues_one_does_not_wait_for_all_of_a_team_that_queues_many(
    peer: Peer, upstream: Upstream
) -> None:
    many, one = await _lane_of_one(peer, upstream)
    queued = [await peer.create(many) for _ in range(4)]
    single = await peer.create(one)

    order = await _order_of_start(peer)

    assert order.index(generation_id(single)) < order.index(generation_id(queued[2]))


async def test_weights_share_out_the_turns(peer: Peer, upstream: Upstream) -> None:
    many, heavy = await _lane_of_one(peer, upstream, weight=4)
    for _ in range(4):
        await peer.create(many)
    heavies = [await peer.create(heavy) for _ in range(3)]

    order = await _order_of_start(peer)

    assert max(order.index(generation_id(each)) for each in heavies) <= 4


async def test_a_team_s_urgent_one_goes_before_its_others(peer: Peer, upstream: Upstream) -> None:
    member, _ = await _lane_of_one(peer, upstream)
    usual = [await peer.create(member) for _ in range(3)]
    urgent = await peer.create(member, priority=Priority.HIGH)

    order = await _order_of_start(peer)

    assert order.index(generation_id(urgent)) < order.index(generation_id(usual[1]))


async def test_a_key_that_is_at_its_limit_does_not_hold_up_others(peer: Peer, upstream: Upstream) -> None:
    ads = await peer.add_member("ads", limits(running_limit(1)))
    for _ in range(3):
        await peer.create(ads)
    art = await peer.add_member("art")

    other = await peer.create(art)

    assert (await peer.generation(other)).stage is Stage.RUNNING
    assert len(upstream.creates()) == 2


async def test_what_two_processes_dispatch_at_once_is_sent_once(play: Play, upstream: Upstream) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(running_limit(1)))
    first = await here.create(member)
    await here.create(member)
    await here.cancel(first, member)

    sent = await asyncio.gather(here.background.dispatch.dispatch(), there.background.dispatch.dispatch())

    assert sorted(sent) == [0, 1]
    await here.work_done()
    await there.work_done()
    assert len(upstream.creates()) == 2
    assert await here.use(member.team_owner, running_limit(1)) == Use(1, 1)


async def test_what_runway_had_no_time_for_waits_and_goes_out_later(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(running_limit(1), credits_limit(100)))
    first, second = await peer.create(member), await peer.create(member)
    upstream.arm("refuse", status=503, operation="image_to_video", times=1)
    await peer.cancel(first, member)
    await peer.background.dispatch.dispatch()
    await peer.work_done()
    assert (await peer.generation(second)).stage is Stage.QUEUED
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)

    await peer.rest()

    assert (await peer.shown(second))["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("message", "said"),
    [("A face was found.", "Not accepted: A face was found."), ("y" * 999, "Not accepted: " + "y" * 286)],
)
async def test_what_runway_refuses_after_it_waited_shows_runways_own_reason(
    peer: Peer, upstream: Upstream, message: str, said: str
) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    first, second = await peer.create(member), await peer.create(member)
    issues = [{"message": message}, {"message": "And another."}]
    upstream.arm("refuse", status=400, operation="image_to_video", error="Not accepted", issues=issues)
    await peer.cancel(first, member)

    await peer.background.dispatch.dispatch()
    await peer.work_done()

    shown = await peer.shown(second)
    assert shown["failure"] == f"Runway refused the request with status 400. {said}"


async def test_what_was_deleted_is_not_sent_although_its_delete_was_cut_short(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(running_limit(1), credits_limit(100)))
    await peer.create(member)
    deleted = await peer.create(member)
    left = await peer.background.stages.detach(task_id(deleted), member.team, at=peer.clock.now())
    assert left is not None

    await peer.background.dispatch.dispatch()

    assert (await peer.generation(deleted)).basis is Basis.REFUSED
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)
    await peer.rest()
    assert len(upstream.creates()) == 1


async def test_what_is_deleted_while_it_is_dispatched_is_not_sent(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(running_limit(1), credits_limit(100)))
    first, deleted = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    with barrier(peer.background.stages, "begin_forwarding") as beginning:
        dispatching = asyncio.ensure_future(peer.background.dispatch.dispatch())
        await beginning.reached.wait()
        await peer.background.stages.detach(task_id(deleted), member.team, at=peer.clock.now())
        beginning.open()

        assert await dispatching == 0

    await peer.rest()
    assert (await peer.generation(deleted)).basis is Basis.REFUSED
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)
    assert len(upstream.creates()) == 1


async def test_what_goes_out_while_the_ledger_is_rebuilt_holds_its_slot_afterwards(
    play: Play, peer: Peer
) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    first, second = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    changing = await play.peer()
    with barrier(changing.gateway.ledger, "install") as installing:
        change = asyncio.ensure_future(
            changing.administer.set_policy(
                member.team_owner, limits(running_limit(1), credits_limit(100)), if_version=None
            )
        )
        await installing.reached.wait()
        await peer.background.dispatch.dispatch()
        await peer.work_done()
        installing.open()
        await change

    await peer.round()

    assert (await peer.generation(second)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, running_limit(1)) == Use(1, 1)


async def test_a_slot_whose_dispatcher_died_is_given_back(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    first, second = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    died = await play.peer()
    waiting = await peer.generation(second)
    await died.background.dispatch.slots.take(
        waiting, await died.administer.directory.binding(waiting.team, waiting.key)
    )
    play.clock.advance_seconds(61)
    with barrier(peer.background.stages, "find", behind=True) as found:
        cleaning = asyncio.ensure_future(peer.background.mend.release_abandoned())
        await found.reached.wait()
        await peer.background.dispatch.dispatch()
        await peer.work_done()
        found.open()
        await cleaning
    await peer.background.dispatch.dispatch()
    await peer.work_done()

    assert (await peer.generation(second)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, running_limit(1)) == Use(1, 1)


async def _lane_of_one(peer: Peer, upstream: Upstream, weight: int = 1) -> tuple[Member, Member]:
    """Let Runway run one clip at a time, and fill that place; two teams wait."""
    upstream.set_tier("1")
    await peer.read_tier()
    await peer.create(await peer.add_member("running"))
    return await peer.add_member("many"), await peer.add_member("other", limits(weight=weight))


async def _order_of_start(peer: Peer) -> list[GenerationId]:
    """Let everything run, and tell in which order it started."""
    await peer.rest()
    started = [generation for generation in await peer.generations() if generation.forwarded_at]
    return [generation.id for generation in sorted(started, key=lambda one: str(one.forwarded_at))]

import asyncio

import pytest

from gateway.flows.forward import SEND_WITHIN
from gateway.ports.ledger import Use
from gateway.ports.records import RecordsAway
from gateway.rules.generation import Stage
from gateway.rules.refusals import UpstreamAway
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import (
    CLIP_COST,
    PAST_LEASES,
    Member,
    Peer,
    Play,
    credits_limit,
    limits,
    running_limit,
    seeded,
)
from tests.gateway.flows.upstream import Upstream

BUDGET = limits(credits_limit(100), running_limit(1))
NOTHING = Use(0, 0)


async def _create_in_doubt(peer: Peer, member: Member, *, recorded: bool) -> None:
    with (
        failing(peer.background.admissions, "record", RecordsAway, times=1, behind=recorded),
        pytest.raises(RecordsAway),
    ):
        await peer.create(member)


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_create_whose_record_is_in_doubt_is_taken_back(
    peer: Peer, upstream: Upstream, *, recorded: bool
) -> None:
    member = await peer.add_member("ads", BUDGET)

    await _create_in_doubt(peer, member, recorded=recorded)
    await peer.round()

    assert upstream.creates() == []
    assert await peer.use(member.team_owner, credits_limit(100)) == NOTHING
    assert await peer.use(member.team_owner, running_limit(1)) == NOTHING
    assert [generation.stage for generation in await peer.generations()] == ([Stage.DONE] if recorded else [])


async def test_a_create_in_doubt_is_taken_back_after_others_gave_it_up(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    other = await play.peer()
    await _create_in_doubt(peer, member, recorded=True)
    play.clock.advance(PAST_LEASES)
    await other.round()
    assert [generation.stage for generation in await other.generations()] == [Stage.UNCLEAR]

    await peer.round()

    assert upstream.creates() == []
    assert [generation.stage for generation in await peer.generations()] == [Stage.DONE]
    assert await peer.use(member.team_owner, credits_limit(100)) == NOTHING


async def test_a_create_in_doubt_that_the_queue_went_on_with_goes_on(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    other = await play.peer()
    first = await peer.create(member)
    await _create_in_doubt(peer, member, recorded=True)
    await peer.cancel(first, member)
    await other.background.dispatch.dispatch()
    await other.work_done()

    await peer.background.retract.retract()

    assert [generation.stage for generation in await peer.generations()] == [Stage.DONE, Stage.RUNNING]


async def test_a_retry_of_a_create_in_doubt_is_a_create_of_its_own(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    await _create_in_doubt(peer, member, recorded=True)
    await peer.round()

    again = await peer.create(member, attempt=1)

    assert (await peer.generation(again)).stage is Stage.RUNNING
    assert len(upstream.creates()) == 1


@pytest.mark.parametrize("how", ["sent again", "joined"])
async def test_a_queued_create_in_doubt_that_somebody_was_told_of_goes_on(peer: Peer, how: str) -> None:
    member, other = await peer.add_member("ads", BUDGET), await peer.add_member("art", BUDGET)
    await peer.create(member)
    with (
        failing(peer.background.admissions, "record", RecordsAway, times=1, behind=True),
        pytest.raises(RecordsAway),
    ):
        await peer.create(member, seeded())
    if how == "joined":
        told = await peer.create(other, seeded())
    else:
        told = await peer.create(member, seeded(), attempt=1)

    await peer.rest()

    assert (await peer.shown(told))["status"] == "SUCCEEDED"


async def test_one_doubt_that_cannot_be_undone_holds_up_no_other(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    for _ in range(2):
        await _create_in_doubt(peer, member, recorded=True)
    with failing(peer.background.stages, "void", RecordsAway, times=1), pytest.raises(RecordsAway):
        await peer.background.retract.retract()

    assert sorted(one.stage for one in await peer.generations()) == [Stage.DONE, Stage.FORWARDING]


async def test_doubts_stay_while_the_records_are_away(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    await _create_in_doubt(peer, member, recorded=True)
    with failing(peer.background.stages, "void", RecordsAway, times=1), pytest.raises(RecordsAway):
        await peer.background.retract.retract()

    await peer.background.retract.retract()

    assert await peer.use(member.team_owner, credits_limit(100)) == NOTHING


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_turn_whose_record_is_in_doubt_comes_again(
    peer: Peer, upstream: Upstream, *, recorded: bool
) -> None:
    member = await peer.add_member("ads", BUDGET)
    first, second = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    with (
        failing(peer.background.stages, "begin_forwarding", RecordsAway, times=1, behind=recorded),
        pytest.raises(RecordsAway),
    ):
        await peer.background.dispatch.dispatch()

    await peer.round()
    await peer.round()

    assert (await peer.generation(second)).stage is Stage.RUNNING
    assert len(upstream.creates()) == 2


async def test_a_sender_that_stood_still_sends_nothing_and_says_so(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    with barrier(peer.background.admissions, "record", behind=True) as recorded:
        creating = asyncio.ensure_future(peer.create_slowly(member))
        await recorded.reached.wait()
        play.clock.advance(SEND_WITHIN * 1.1)
        recorded.open()
        with pytest.raises(UpstreamAway):
            await creating

    assert upstream.creates() == []
    assert await peer.use(member.team_owner, credits_limit(100)) == NOTHING


async def test_a_turn_that_was_slept_through_comes_again(play: Play, peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    other = await play.peer()
    first, second = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    with barrier(peer.background.stages, "begin_forwarding", behind=True) as begun:
        dispatching = asyncio.ensure_future(peer.background.dispatch.dispatch())
        await begun.reached.wait()
        play.clock.advance(PAST_LEASES)
        await other.round()
        begun.open()
        await dispatching
        await peer.work_done()
    assert len(upstream.creates()) == 1

    await peer.rest()

    generation = await peer.generation(second)
    assert (generation.stage, generation.charged) == (Stage.DONE, CLIP_COST)
    assert len(upstream.creates()) == 2

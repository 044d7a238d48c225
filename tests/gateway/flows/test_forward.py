import asyncio
from datetime import timedelta

import pytest

from gateway.ports.ledger import LedgerAway, Use
from gateway.ports.records import RecordsAway
from gateway.rules.generation import Stage
from gateway.rules.refusals import UpstreamAway, UpstreamRefused
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import (
    CLIP_COST,
    PAST_LEASES,
    Peer,
    Play,
    credits_limit,
    limits,
    running_limit,
)
from tests.gateway.flows.upstream import Upstream

BUDGET = limits(credits_limit(100), running_limit(1))
EVIDENCE = timedelta(seconds=61)


async def test_what_is_forwarded_is_what_was_asked(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")

    await peer.create(member)

    assert upstream.creates()[0]["body"]["promptText"] == "a lighthouse"


async def test_a_refusal_frees_slot_and_money_at_once(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("refuse", status=400, times=1)

    with pytest.raises(UpstreamRefused):
        await peer.create(member)

    assert await peer.use(member.team_owner, credits_limit(100)) == Use(0, 0)
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)
    assert [generation.stage for generation in await peer.generations()] == [Stage.DONE]


async def test_what_nobody_awaits_waits_while_runway_is_away(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    first, second = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    await upstream.leave()

    await peer.background.dispatch.dispatch()
    await peer.work_done()

    waiting = await peer.generation(second)
    assert (waiting.stage, waiting.due_at) == (Stage.QUEUED, peer.clock.now() + timedelta(seconds=15))
    await upstream.listen()


async def test_what_a_client_awaits_ends_when_runway_is_away(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    await upstream.leave()

    with pytest.raises(UpstreamAway):
        await peer.create(member)

    await upstream.listen()
    assert [generation.stage for generation in await peer.generations()] == [Stage.DONE]


async def test_a_lost_answer_leaves_the_create_unclear_and_is_never_sent_again(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("lose-answer", times=1)

    created = await peer.create(member)

    assert (await peer.generation(created)).stage is Stage.UNCLEAR
    assert (await peer.shown(created))["status"] == "RUNNING"
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)
    assert await peer.use(member.team_owner, running_limit(1)) == Use(0, 0)
    await peer.go_on_for(timedelta(minutes=3))
    assert len(upstream.creates()) == 1


async def test_a_sender_that_died_leaves_the_create_unclear(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    other = await play.peer()
    with barrier(peer.background.forward.upstream, "create") as sending:
        creating = asyncio.ensure_future(peer.create_slowly(member))
        await sending.reached.wait()
        play.clock.advance(PAST_LEASES)

        await other.background._orphans()

        assert [generation.stage for generation in await other.generations()] == [Stage.UNCLEAR]
        assert await other.use(member.team_owner, running_limit(1)) == Use(0, 0)
    await creating


async def test_a_late_answer_is_evidence(play: Play, peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    other = await play.peer()
    upstream.arm("lasts", seconds=600, times=1)
    with barrier(peer.background.forward.upstream, "create") as sending:
        creating = asyncio.ensure_future(peer.create_slowly(member))
        await sending.reached.wait()
        play.clock.advance(PAST_LEASES)
        await other.background._orphans()
        sending.open()
        created = await creating
    play.clock.advance(EVIDENCE)

    await other.round()

    generation = await other.generation(created)
    assert (generation.stage, generation.upstream_id) == (Stage.RUNNING, upstream.creates()[0]["task"])
    assert await other.use(member.team_owner, running_limit(1)) == Use(1, 1)


async def test_a_refusal_is_kept_until_the_records_are_back(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.arm("refuse", status=400, operation="image_to_video", times=1)

    with failing(peer.background.stages, "close", RecordsAway, times=5), pytest.raises(UpstreamRefused):
        await peer.create(member)

    (generation,) = await peer.generations()
    assert generation.stage is Stage.DONE
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(0, 0)


async def test_what_waits_for_runway_waits_on_although_the_ledger_was_away(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    first, second = await peer.create(member), await peer.create(member)
    await peer.cancel(first, member)
    upstream.arm("refuse", status=503, operation="image_to_video", times=1)
    with failing(peer.background.settle.ledger, "close", LedgerAway, times=1):
        await peer.background.dispatch.dispatch()
        await peer.work_done()

    await peer.rest()

    assert (await peer.generation(second)).stage is Stage.DONE


async def test_the_id_of_what_was_started_is_kept_until_the_records_are_back(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    with failing(peer.background.stages, "started", RecordsAway, times=5):
        created = await peer.create(member)

    assert (await peer.generation(created)).upstream_id == upstream.creates()[0]["task"]


async def test_a_lower_estimate_gives_back_what_is_not_needed(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.prices.factor = 0.4

    created = await peer.create(member)

    assert created.estimate == 10_000
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(10_000, 10_000)


async def test_a_higher_estimate_is_held_beyond_the_limit(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(credits_limit(25)))
    upstream.prices.factor = 2

    created = await peer.create(member)

    assert created.estimate == 2 * CLIP_COST
    assert await peer.use(member.team_owner, credits_limit(25)) == Use(2 * CLIP_COST, 2 * CLIP_COST)


@pytest.mark.parametrize("factor", [0.4, 2])
async def test_a_correction_that_a_rebuild_overtakes_is_made_on_the_new_ledger(
    play: Play, peer: Peer, upstream: Upstream, factor: float
) -> None:
    member = await peer.add_member("ads", BUDGET)
    upstream.prices.factor = factor
    with barrier(peer.gateway.ledger, "correct") as correcting:
        creating = asyncio.ensure_future(peer.create(member))
        await correcting.reached.wait()
        await play.flush_ledger()
        await peer.background.mend.mend()
        correcting.open()
        await creating

    held = int(CLIP_COST * factor)
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(held, held)


async def test_a_wait_for_another_process_ends_with_its_answer(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", BUDGET)
    other = await play.peer()
    with barrier(peer.background.forward.upstream, "create") as sending:
        creating = asyncio.ensure_future(peer.create_slowly(member, idempotency_key="once"))
        await sending.reached.wait()
        with barrier(play.clock, "sleep") as sleeping:
            again = asyncio.ensure_future(other.create_slowly(member, idempotency_key="once"))
            await sleeping.reached.wait()
            sending.open()
            await creating
        waited = await play.clock.passing(again)

    assert waited.generation is not None
    assert waited.generation.stage is Stage.RUNNING
    assert len(upstream.creates()) == 1

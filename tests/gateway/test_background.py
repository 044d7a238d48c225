"""The loops behind a gateway: each chore at its interval, each failure told and survived."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest

from gateway.background import Group, told
from gateway.flows.asked import Created
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.ports.upstream import Unreadable
from gateway.rules.events import Event, StepFailed, StoreAway
from gateway.rules.generation import Stage
from tests.gateway.flows.barrier import Barrier, answering, barrier, crowd, failing
from tests.gateway.flows.play import PAST_LEASES, Member, Peer, Play, limits, running_limit
from tests.gateway.flows.upstream import Upstream

EVIDENCE = timedelta(seconds=61)
"""After which an unclear generation is looked at again."""


async def test_a_running_gateway_settles_what_ends(peer: Peer) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    running = asyncio.ensure_future(peer.background.run())

    await peer.clock.passing(_until(peer, Stage.DONE))

    assert (await peer.shown(created))["status"] == "SUCCEEDED"
    await _end(running)


async def test_a_freed_slot_wakes_the_queue_before_its_time(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    first, _ = await peer.create(member), await peer.create(member)
    pausing = asyncio.ensure_future(peer.background._pause("dispatch", 3600.0))

    await peer.cancel(first, member)

    await asyncio.wait_for(pausing, 10)
    await peer.background._dispatch()
    await peer.work_done()
    assert len(upstream.creates()) == 2


async def test_a_step_that_fails_is_told_and_tried_again(peer: Peer) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    with failing(peer.background.stages, "lease", RecordsAway, times=1):
        went_through = await peer.background.guarded("poll", peer.background.followed.round)

    assert not went_through
    assert peer.told("store_away")[-1]["store"] == "records"
    await peer.rest()
    assert (await peer.generation(created)).stage is Stage.DONE


async def test_a_settlement_that_fails_to_be_finished_holds_up_no_other(peer: Peer) -> None:
    await _create(peer, await peer.add_member("ads"), 3)
    peer.clock.advance_seconds(60)
    with failing(peer.gateway.ledger, "close", LedgerAway, times=100):
        await peer.background.followed.round()
        await peer.work_done()

    with failing(peer.background.ledger, "close", LedgerAway, times=1):
        await peer.background._closing()

    assert await _stages(peer) == [Stage.CLOSING, Stage.DONE, Stage.DONE]
    assert peer.told("store_away")[-1]["store"] == "ledger"


async def test_an_orphan_that_fails_to_be_taken_up_holds_up_no_other(play: Play, peer: Peer) -> None:
    member, other = await peer.add_member("ads"), await play.peer()
    with barrier(peer.background.forward.upstream, "create") as sending:
        creating = [await _begun(peer.create_slowly(member), sending) for _ in range(3)]
        play.clock.advance(PAST_LEASES)

        with failing(other.background.stages, "unclear", RecordsAway, times=1):
            await other.background._orphans()

        assert await _stages(other) == [Stage.FORWARDING, Stage.UNCLEAR, Stage.UNCLEAR]
        assert other.told("store_away")[-1]["store"] == "records"
    await asyncio.gather(*creating)


async def test_evidence_that_cannot_be_booked_holds_up_no_other(peer: Peer) -> None:
    await _make_unclear(peer, 3)

    with failing(peer.background.stages, "close", RecordsAway, times=1):
        await peer.background._evidence()

    assert peer.told("store_away")[-1]["store"] == "records"
    assert await _stages(peer) == [Stage.DONE, Stage.DONE, Stage.UNCLEAR]


async def test_no_more_evidence_is_read_at_once_than_the_gate_of_the_polls_lets_in(peer: Peer) -> None:
    await _make_unclear(peer, 3)
    peer.background.followed.gate = asyncio.Semaphore(2)

    with crowd(peer.background.watch.upstream, "read") as reading:
        await peer.background._evidence()

    assert reading.most == 2


async def test_a_lost_ledger_is_rebuilt_before_a_create_asks(play: Play, peer: Peer) -> None:
    before = len(peer.told("rebuilt"))
    await play.flush_ledger()

    await peer.background._watch_fence()

    assert len(peer.told("rebuilt")) == before + 1


def test_a_failure_is_told_without_its_text() -> None:
    with pytest.raises(ValueError, match="prompt") as failed:
        _fail_with_a_prompt()

    event = told("poll", failed.value)

    assert isinstance(event, StepFailed)
    assert event.error.startswith("ValueError at _fail_with_a_prompt:")
    assert "perhaps" not in event.error


def test_a_store_that_is_away_is_no_bug() -> None:
    events = [told("poll", LedgerAway()), told("poll", RecordsAway())]

    assert events == [StoreAway(store="ledger"), StoreAway(store="records")]


async def test_work_that_outlives_its_request_is_told_when_it_fails() -> None:
    events: list[Event] = []

    def report(event: Event) -> None:
        events.append(event)

    group = Group(report)
    await asyncio.wait({group.spawn(_fail_for_the_ledger())})
    await group.drain(1)

    assert events == [StoreAway(store="ledger")]


async def test_what_does_not_end_in_time_is_cancelled() -> None:
    group = Group(_tell_nobody)
    endless = group.spawn(asyncio.Event().wait())

    await group.drain(0.01)

    assert endless.cancelled()


def _fail_with_a_prompt() -> None:
    raise ValueError("a prompt, perhaps")


async def _fail_for_the_ledger() -> None:
    raise LedgerAway


def _tell_nobody(event: Event) -> None:
    """Hear an event and keep it."""


async def _create(peer: Peer, member: Member, count: int) -> None:
    for _ in range(count):
        await peer.create(member)


async def _begun(creating: Coroutine[Any, Any, Created], sending: Barrier) -> "asyncio.Future[Created]":
    """Begin a create and let it come to its sending."""
    sending.reached.clear()
    begun = asyncio.ensure_future(creating)
    await sending.reached.wait()
    return begun


async def _make_unclear(peer: Peer, count: int) -> None:
    """Let Runway refuse the key for some generations, then pass the time until they are looked at again."""
    await _create(peer, await peer.add_member("ads"), count)
    peer.clock.advance_seconds(60)
    with answering(peer.background.watch.upstream, "read", Unreadable(status=401), times=count):
        await peer.background.followed.round()
        await peer.work_done()
    assert await _stages(peer) == [Stage.UNCLEAR] * count
    peer.clock.advance(EVIDENCE)


async def _stages(peer: Peer) -> list[Stage]:
    return sorted(generation.stage for generation in await peer.generations())


async def _until(peer: Peer, stage: Stage) -> None:
    while any(generation.stage is not stage for generation in await peer.generations()):
        await peer.clock.sleep(1)


async def _end(running: "asyncio.Future[None]") -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

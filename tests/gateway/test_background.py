"""The loops behind a gateway: each chore at its interval, each failure told and survived."""

import asyncio

import pytest

from gateway.background import Group, told
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.rules.events import Event, StepFailed, StoreAway
from gateway.rules.generation import Stage
from tests.gateway.flows.barrier import failing
from tests.gateway.flows.play import Peer, Play, limits, running_limit
from tests.gateway.flows.upstream import Upstream


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


async def _until(peer: Peer, stage: Stage) -> None:
    while any(generation.stage is not stage for generation in await peer.generations()):
        await peer.clock.sleep(1)


async def _end(running: "asyncio.Future[None]") -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

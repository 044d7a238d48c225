import asyncio
from datetime import timedelta

from gateway.flows.asked import Created
from gateway.flows.refresh import READ_AGAIN_AFTER, TURNS_MAX
from gateway.ports.board import Shown
from gateway.rules.ids import TaskId
from tests.gateway.flows.play import Peer, Play, task_id
from tests.gateway.flows.upstream import Upstream

NEARLY_GONE = timedelta(hours=35)
"""The mock signs up to the first midnight that is a day away: 35.5 hours after the start of a play."""


async def test_urls_that_last_are_handed_out_as_they_are(peer: Peer) -> None:
    created = await _finished(peer)

    assert not peer.gateway.app.polls.refresh.is_due(_shown(peer, created))


async def test_urls_near_their_end_are_read_again(peer: Peer) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    peer.clock.advance(NEARLY_GONE)
    refresh = peer.gateway.app.polls.refresh
    assert refresh.is_due(before)

    after = await refresh.refresh(task_id(created), before)

    assert after.body != before.body
    assert not refresh.is_due(after)
    assert _shown(peer, created) == after


async def test_old_urls_are_better_than_none(peer: Peer, upstream: Upstream) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    peer.clock.advance(NEARLY_GONE)
    await upstream.leave()

    after = await peer.gateway.app.polls.refresh.refresh(task_id(created), before)

    assert after == before
    await upstream.listen()


async def test_polls_at_once_make_one_reading(peer: Peer, upstream: Upstream) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    peer.clock.advance(NEARLY_GONE)
    reads = len(upstream.asked("GET"))

    polls = [peer.gateway.app.polls.refresh.refresh(task_id(created), before) for _ in range(20)]
    shown = await asyncio.gather(*polls)

    assert len(upstream.asked("GET")) == reads + 1
    assert set(shown) == {_shown(peer, created)} != {before}


async def test_what_cannot_be_read_is_left_alone_for_a_while(peer: Peer, upstream: Upstream) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    peer.clock.advance(NEARLY_GONE)
    upstream.delete_everything()
    refresh = peer.gateway.app.polls.refresh
    reads = len(upstream.asked("GET"))

    polls = [refresh.refresh(task_id(created), before) for _ in range(20)]
    shown = await asyncio.gather(*polls)

    assert len(upstream.asked("GET")) == reads + 1
    assert set(shown) == {before}


async def test_after_the_pause_it_is_read_again(peer: Peer, upstream: Upstream) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    peer.clock.advance(NEARLY_GONE)
    refresh = peer.gateway.app.polls.refresh
    await upstream.leave()
    await refresh.refresh(task_id(created), before)
    await upstream.listen()

    in_the_pause = await refresh.refresh(task_id(created), before)
    peer.clock.advance(READ_AGAIN_AFTER)
    after_it = await refresh.refresh(task_id(created), before)

    assert in_the_pause == before
    assert after_it.body != before.body


async def test_a_poll_that_is_given_up_leaves_the_reading_to_the_next(peer: Peer) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    peer.clock.advance(NEARLY_GONE)
    refresh = peer.gateway.app.polls.refresh
    first, second = (asyncio.create_task(refresh.refresh(task_id(created), before)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()

    assert (await second).body != before.body


async def test_of_readings_only_so_many_are_remembered(peer: Peer) -> None:
    created = await _finished(peer)
    before = _shown(peer, created)
    refresh = peer.gateway.app.polls.refresh

    for number in range(TURNS_MAX + 1):
        refresh._turn(TaskId(f"{number}"))
    peer.clock.advance(NEARLY_GONE)
    await refresh.refresh(task_id(created), before)

    assert len(refresh._turns) == TURNS_MAX


async def test_another_process_shows_the_fresh_urls(play: Play, peer: Peer) -> None:
    created = await _finished(peer)
    other = await play.peer()
    await other.shown(created)
    peer.clock.advance(NEARLY_GONE)
    fresh = await peer.gateway.app.polls.refresh.refresh(task_id(created), _shown(peer, created))

    await other.round()

    assert _shown(other, created) == fresh


async def _finished(peer: Peer) -> Created:
    member = await peer.add_member("ads")
    created = await peer.create(member)
    await peer.rest()
    return created


def _shown(peer: Peer, created: Created) -> Shown:
    shown: Shown | None = peer.board.shown(task_id(created))
    assert shown is not None
    return shown

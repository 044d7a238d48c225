from datetime import timedelta

from gateway.flows.asked import Created
from gateway.ports.board import Shown
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

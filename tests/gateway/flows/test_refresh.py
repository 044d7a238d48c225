from datetime import timedelta

from gateway.flows.asked import Created
from gateway.ports.board import Shown
from tests.gateway.flows.play import Play, Process, task_id
from tests.gateway.flows.upstream import Upstream

NEARLY_GONE = timedelta(hours=35)
"""The mock signs up to the first midnight that is a day away: 35.5 hours after the start of a play."""


async def test_urls_that_last_are_handed_out_as_they_are(process: Process) -> None:
    created = await _finished(process)

    assert not process.gateway.app.polls.refresh.is_due(_shown(process, created))


async def test_urls_near_their_end_are_read_again(process: Process) -> None:
    created = await _finished(process)
    before = _shown(process, created)
    process.clock.advance(NEARLY_GONE)
    refresh = process.gateway.app.polls.refresh
    assert refresh.is_due(before)

    after = await refresh.refresh(task_id(created), before)

    assert after.body != before.body
    assert not refresh.is_due(after)
    assert _shown(process, created) == after


async def test_old_urls_are_better_than_none(process: Process, upstream: Upstream) -> None:
    created = await _finished(process)
    before = _shown(process, created)
    process.clock.advance(NEARLY_GONE)
    await upstream.leave()

    after = await process.gateway.app.polls.refresh.refresh(task_id(created), before)

    assert after == before
    await upstream.listen()


async def test_another_process_shows_the_fresh_urls(play: Play, process: Process) -> None:
    created = await _finished(process)
    other = await play.process()
    await other.shown(created)
    process.clock.advance(NEARLY_GONE)
    fresh = await process.gateway.app.polls.refresh.refresh(task_id(created), _shown(process, created))

    await other.round()

    assert _shown(other, created) == fresh


async def _finished(process: Process) -> Created:
    member = await process.add_member("ads")
    created = await process.create(member)
    await process.rest()
    return created


def _shown(process: Process, created: Created) -> Shown:
    shown: Shown | None = process.board.shown(task_id(created))
    assert shown is not None
    return shown

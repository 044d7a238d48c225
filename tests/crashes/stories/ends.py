"""Stories of running generations: read, lost sight of, seen again, and settled."""

import asyncio
from datetime import timedelta

from gateway.ports.ledger import LedgerAway
from gateway.rules.pace import STUCK_AFTER
from tests.crashes.stories.cast import MINUTE, Act, Cast
from tests.gateway.flows.barrier import answering, failing
from tests.gateway.flows.play import PAST_LEASES, task_id

NEARLY_GONE = timedelta(hours=35)
"""The mock signs up to the first midnight that is a day away."""


async def settle(cast: Cast) -> Act:
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def settle_failure(cast: Cast) -> Act:
    cast.play.upstream.arm("fail", times=1)
    return await settle(cast)


async def settle_after_the_fence_moved(cast: Cast) -> Act:
    act = await settle(cast)
    await cast.fence_moves()
    return act


async def settle_late(cast: Cast) -> Act:
    """It was booked while the ledger was away."""
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    with failing(cast.survivor.gateway.ledger, "close", LedgerAway, times=9):
        await cast.survivor.background.followed.round()
        await cast.survivor.work_done()
    return cast.victim.background._closing


async def watch_progress(cast: Cast) -> Act:
    cast.play.upstream.arm("lasts", seconds=200, times=1)
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def watch_what_is_gone(cast: Cast) -> Act:
    await cast.made_before()
    cast.play.upstream.delete_everything()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def watch_with_a_refused_key(cast: Cast) -> Act:
    cast.play.upstream.arm("lasts", seconds=200, times=1)
    await cast.made_before()
    cast.play.upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    cast.play.clock.advance(MINUTE)
    return cast.victim.background.followed.round


async def watch_what_is_stuck(cast: Cast) -> Act:
    cast.play.upstream.arm("stuck", progress=0.3, times=1)
    await cast.made_before()
    cast.play.clock.advance(MINUTE)
    await cast.survivor.round()
    cast.play.clock.advance(STUCK_AFTER + PAST_LEASES)
    return cast.victim.background.followed.round


async def see_running_again(cast: Cast) -> Act:
    await watch_with_a_refused_key(cast)
    return await _looked_at_again(cast)


async def see_running_again_too_late(cast: Cast) -> Act:
    """Another one settled or revived it a moment ago."""
    act = await see_running_again(cast)
    cast.scene.enter_context(answering(cast.victim.background.stages, "revive", answer=False, times=1))
    return act


async def see_standing_still(cast: Cast) -> Act:
    await watch_what_is_stuck(cast)
    return await _looked_at_again(cast)


async def see_nothing_again(cast: Cast) -> Act:
    await watch_what_is_gone(cast)
    return await _looked_at_again(cast)


async def refresh_urls(cast: Cast) -> Act:
    task = task_id(await cast.made_before())
    await cast.survivor.rest()
    cast.play.clock.advance(NEARLY_GONE)
    refresh = cast.victim.gateway.app.polls.refresh
    shown = await refresh.board.load(task)
    assert shown is not None, "it is finished"
    return lambda: refresh.refresh(task, shown)


async def refresh_urls_for_two_polls(cast: Cast) -> Act:
    refresh = await refresh_urls(cast)
    return lambda: asyncio.gather(refresh(), refresh())


async def _looked_at_again(cast: Cast) -> Act:
    """Let the survivor find it unclear, and some time pass."""
    await cast.survivor.round()
    cast.play.clock.advance(MINUTE)
    return cast.victim.background._evidence

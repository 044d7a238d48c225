"""Stories of a ledger that is behind, lost, or holds what nobody asks for any more."""

import asyncio
from contextlib import suppress

from gateway.flows.mend import ABANDONED_AFTER
from gateway.ports.records import RecordsAway
from tests.crashes.stories.cast import MINUTE, Act, Cast
from tests.gateway.flows.barrier import failing


async def rebuild(cast: Cast) -> Act:
    await cast.made_before()
    await cast.play.flush_ledger()
    return cast.victim.background.mend.mend


async def move_fence(cast: Cast) -> Act:
    """A policy was written again; whoever did so died before the ledger was told."""
    await cast.policy_set()
    return cast.victim.background.mend.mend


async def mend_twice_at_once(cast: Cast) -> Act:
    mend = cast.victim.background.mend.mend
    return lambda: asyncio.gather(mend(), mend())


async def release_abandoned(cast: Cast) -> Act:
    """Its create ended before it was recorded."""
    with failing(cast.victim.background.admissions, "record", RecordsAway, times=1), suppress(RecordsAway):
        await cast.victim.create(cast.member, cast.body())
    cast.play.clock.advance(ABANDONED_AFTER + MINUTE)
    return cast.victim.background.mend.release_abandoned

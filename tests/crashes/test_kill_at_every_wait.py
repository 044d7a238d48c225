"""A gateway is killed at every single wait of a story; another one then brings everything in order."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from gateway.flows.mend import ABANDONED_AFTER
from gateway.rules.generation import Stage
from gateway.rules.refusals import Refusal
from tests.crashes.killing import Kill, Place, killing
from tests.crashes.stories import BUDGET, QUICK, THOROUGH, Act, Cast
from tests.gateway.flows.books import assert_books_agree
from tests.gateway.flows.play import PAST_LEASES, Peer, Play

PAST_EVERYTHING = ABANDONED_AFTER + PAST_LEASES
STORIES = [
    *(pytest.param(story, id=story.__name__) for story in QUICK),
    *(pytest.param(story, id=story.__name__, marks=pytest.mark.long) for story in THOROUGH),
]


@pytest.mark.parametrize("story", STORIES)
async def test_a_kill_at_any_wait_loses_and_doubles_nothing(
    play: Play, story: Callable[[Cast], Awaitable[Act]]
) -> None:
    survivor = await play.peer()
    places: set[Place] = set()
    for at in count(1):
        async with killing(at) as kill:
            await _play(play, survivor, story, at=at, kill=kill)
            play.upstream.disarm_all()
            await _assert_all_is_well(play, survivor)
        places |= kill.places
        if not kill.died.is_set():
            print(f"{story.__name__}: killed at {at - 1} waits, in {len(places)} places")  # noqa: T201
            return


async def _play(
    play: Play, survivor: Peer, story: Callable[[Cast], Awaitable[Act]], *, at: int, kill: Kill
) -> None:
    """Play a story with a gateway that dies at one of its waits."""
    member = await survivor.add_member(f"team-{at}", BUDGET)
    victim = await play.peer()
    act = await story(Cast(play, victim, survivor, member, at))
    playing = kill.start(_played(act, victim))
    dying = asyncio.ensure_future(kill.died.wait())
    await play.clock.passing(asyncio.wait({playing, dying}, return_when=asyncio.FIRST_COMPLETED))
    dying.cancel()
    if playing.done() and not isinstance(playing.exception(), Refusal | None):
        playing.result()


async def _played(act: Act, victim: Peer) -> None:
    await act()
    await victim.work_done()


async def _assert_all_is_well(play: Play, survivor: Peer) -> None:
    """After all leases, everything is settled or listed as unclear, and no create was sent twice."""
    play.clock.advance(PAST_EVERYTHING)
    await survivor.rest()
    play.clock.advance(PAST_EVERYTHING)
    await survivor.rest()
    await assert_books_agree(survivor, play.upstream)
    stages = {generation.stage for generation in await survivor.generations()}
    assert stages <= {Stage.DONE, Stage.UNCLEAR}
    prompts = [record["body"]["promptText"] for record in play.upstream.creates()]
    assert len(set(prompts)) == len(prompts)

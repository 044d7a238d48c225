"""A gateway is killed at every single wait of a story; another one then brings everything in order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

import pytest

from gateway.flows.mend import ABANDONED_AFTER
from gateway.rules.generation import Stage
from gateway.rules.refusals import Refusal
from tests.crashes.killing import Kill, Place, killing
from tests.gateway.flows.books import assert_books_agree
from tests.gateway.flows.play import (
    PAST_LEASES,
    Member,
    Peer,
    Play,
    clip,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
    seeded,
)

BUDGET = limits(credits_limit(100), generations_limit(4), running_limit(1))
PAST_EVERYTHING = ABANDONED_AFTER + PAST_LEASES
Act = Callable[[], Awaitable[object]]


@dataclass
class Cast:
    """Who plays: a gateway that will die, one that lives, a team; and the round, which all bodies name."""

    play: Play
    victim: Peer
    survivor: Peer
    member: Member
    number: int

    @property
    def prompt(self) -> str:
        return f"round {self.number}"


async def _create(cast: Cast) -> Act:
    asked = await cast.victim.asked(cast.member, clip(promptText=cast.prompt))
    return lambda: cast.victim.gateway.app.surface.create.create(asked)


async def _create_seeded(cast: Cast) -> Act:
    asked = await cast.victim.asked(cast.member, seeded(promptText=cast.prompt))
    return lambda: cast.victim.gateway.app.surface.create.create(asked)


async def _create_refused(cast: Cast) -> Act:
    cast.play.upstream.arm("refuse", status=400, operation="image_to_video", times=1)
    return await _create(cast)


async def _settle(cast: Cast) -> Act:
    await cast.survivor.create(cast.member, clip(promptText=cast.prompt))
    cast.play.clock.advance_seconds(60)
    return cast.victim.background.followed.round


async def _settle_failure(cast: Cast) -> Act:
    cast.play.upstream.arm("fail", times=1)
    return await _settle(cast)


async def _cancel_running(cast: Cast) -> Act:
    created = await cast.survivor.create(cast.member, clip(promptText=cast.prompt))
    assert created.task is not None
    task = created.task.id
    return lambda: cast.victim.gateway.app.surface.cancel.cancel(task, cast.member.team)


async def _cancel_queued(cast: Cast) -> Act:
    await cast.survivor.create(cast.member, clip(promptText=f"before {cast.prompt}"))
    return await _cancel_running(cast)


async def _hand_over(cast: Cast) -> Act:
    await cast.survivor.create(cast.member, clip(promptText=f"before {cast.prompt}"))
    created = await cast.survivor.create(cast.member, seeded(promptText=cast.prompt))
    follower = await cast.survivor.add_member(f"follower-{cast.number}", limits(credits_limit(25)))
    await cast.survivor.create(follower, seeded(promptText=cast.prompt))
    assert created.task is not None
    task = created.task.id
    return lambda: cast.victim.gateway.app.surface.cancel.cancel(task, cast.member.team)


async def _dispatch(cast: Cast) -> Act:
    first = await cast.survivor.create(cast.member, clip(promptText=f"before {cast.prompt}"))
    await cast.survivor.create(cast.member, clip(promptText=cast.prompt))
    await cast.survivor.cancel(first, cast.member)
    return cast.victim.background.dispatch.dispatch


async def _rebuild(cast: Cast) -> Act:
    await cast.survivor.create(cast.member, clip(promptText=cast.prompt))
    await cast.play.flush_ledger()
    return cast.victim.background.mend.mend


async def _new_limit(cast: Cast) -> Act:
    await cast.survivor.create(cast.member, clip(promptText=cast.prompt))
    stricter = limits(credits_limit(100), credits_limit(1000, timezone="Asia/Tokyo"), running_limit(1))
    return lambda: cast.victim.administer.set_policy(cast.member.team_owner, stricter, if_version=None)


STORIES = [
    _create,
    _create_seeded,
    _create_refused,
    _settle,
    _settle_failure,
    _cancel_running,
    _cancel_queued,
    _hand_over,
    _dispatch,
    _rebuild,
    _new_limit,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.strip("_"))
async def test_a_kill_at_any_wait_loses_and_doubles_nothing(
    play: Play, story: Callable[[Cast], Awaitable[Act]]
) -> None:
    survivor = await play.peer()
    places: set[Place] = set()
    for at in count(1):
        async with killing(at) as kill:
            await _play(play, survivor, story, at=at, kill=kill)
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

"""A gateway is killed at everything that a flow awaits; another one then brings everything in order."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from itertools import count

import pytest

from gateway.assembly import adapters
from gateway.assembly import gateway as assembly
from gateway.catalogue.catalogue import load_catalogue
from gateway.flows.mend import ABANDONED_AFTER
from gateway.rules.credits import ZERO
from gateway.rules.generation import Stage
from gateway.rules.refusals import Refusal
from tests.crashes.awaits import Await, awaits_in, flows
from tests.crashes.killing import Kill, Moment, killing, the_wait
from tests.crashes.stories import BUDGET, STORIES, Act, Cast, Story
from tests.gateway.conftest import ON_POSTGRES_AT_LENGTH
from tests.gateway.flows.books import assert_books_agree, assert_nothing_can_be_granted_twice
from tests.gateway.flows.play import PAST_LEASES, Peer, Play

PAST_EVERYTHING = ABANDONED_AFTER + PAST_LEASES
UNREACHABLE: Mapping[str, Mapping[str, str]] = {
    "mend": {"await self.stages.go_on_rebuilding()": "a rebuild of a few generations is done before"},
    "forwards": {
        "async with asyncio.timeout(self.wait_seconds):": "neither entering nor leaving it waits",
    },
}
"""By flow, the words of what it awaits and no kill can strike, each with the reason."""
EACH_STORY = {story.__name__: story for stories in STORIES.values() for story in stories}


@pytest.fixture(autouse=True)
def frugal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make gateways fast: none of these serves HTTP, and all may share what they know of Runway."""
    monkeypatch.setattr(adapters, "load_catalogue", cache(load_catalogue))
    monkeypatch.setattr(assembly, "application", lambda _: None)


@ON_POSTGRES_AT_LENGTH
@pytest.mark.parametrize("flow", sorted({*flows(), *STORIES, *UNREACHABLE}))
async def test_a_kill_at_whatever_a_flow_awaits_loses_and_doubles_nothing(play: Play, flow: str) -> None:
    survivor = await play.peer()
    numbers = count(1)
    not_yet = awaits_in(flow)

    for story in STORIES[flow]:
        while struck := await _round(play, survivor, story, number=next(numbers), moment=_one_of(not_yet)):
            not_yet -= struck

    assert {of.words() for of in not_yet} == set(UNREACHABLE.get(flow, {}))


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("story", EACH_STORY.values(), ids=EACH_STORY)
async def test_a_kill_at_any_wait_of_a_story_loses_and_doubles_nothing(play: Play, story: Story) -> None:
    survivor = await play.peer()

    for number in count(1):
        if not await _round(play, survivor, story, number=number, moment=the_wait(number)):
            break


def _one_of(awaits: set[Await]) -> Moment:
    return lambda struck: not awaits.isdisjoint(struck)


async def _round(
    play: Play, survivor: Peer, story: Story, *, number: int, moment: Moment
) -> frozenset[Await]:
    """Play a story with a gateway that dies at a moment of it, check what it left, and tell where it died."""
    member = await survivor.add_member(f"team-{number}", BUDGET)
    victim = await play.peer()
    async with killing(moment) as kill:
        with ExitStack() as scene:
            act = await story(Cast(play, victim, survivor, member, number, scene))
            await _until_death(play, kill, act, victim)
            await _arrived(victim)
            await assert_nothing_can_be_granted_twice(survivor)
        await _calm(play, survivor)
        await _assert_all_is_well(play, survivor)
    play.peers.remove(victim)
    await victim.close()
    return kill.died_at


async def _until_death(play: Play, kill: Kill, act: Act, victim: Peer) -> None:
    playing = kill.start(_played(act, victim))
    dying = asyncio.ensure_future(kill.died.wait())
    await play.clock.passing(asyncio.wait({playing, dying}, return_when=asyncio.FIRST_COMPLETED))
    dying.cancel()
    if playing.done() and not isinstance(playing.exception(), Refusal | None):
        playing.result()


async def _played(act: Act, victim: Peer) -> None:
    await act()
    await victim.work_done()


async def _arrived(victim: Peer) -> None:
    """Wait for what the dead asked of the stores: they answer in order."""
    await victim.gateway.ledger.fence()
    await victim.gateway.database.write(lambda _: None)


async def _calm(play: Play, survivor: Peer) -> None:
    """Let the survivor end what it has in hand, and Runway be as it always was."""
    await survivor.work_done()
    play.upstream.disarm_all()
    play.upstream.prices.factor = 1
    play.upstream.set_tier("unlimited")
    await survivor.read_tier()


async def _assert_all_is_well(play: Play, survivor: Peer) -> None:
    """After all leases, everything is settled or listed as unclear, and no create was sent twice.

    Once an administrator has resolved what is unclear, nothing is held any more.
    """
    play.clock.advance(PAST_EVERYTHING)
    await survivor.rest()
    play.clock.advance(PAST_EVERYTHING)
    await survivor.rest()
    await assert_books_agree(survivor, play.upstream)
    stages = {generation.stage for generation in await survivor.generations()}
    assert stages <= {Stage.DONE, Stage.UNCLEAR}
    prompts = [record["body"]["promptText"] for record in play.upstream.creates()]
    assert len(set(prompts)) == len(prompts)
    await _resolve_what_is_unclear(survivor)
    assert await survivor.gateway.ledger.opened_before(play.clock.now()) == []


async def _resolve_what_is_unclear(survivor: Peer) -> None:
    one_of_each = {task.generation: task.id for task in await survivor.tasks()}
    for generation in await survivor.generations():
        if generation.stage is Stage.UNCLEAR:
            await survivor.administer.resolve(one_of_each[generation.id], ZERO, "not on the bill")

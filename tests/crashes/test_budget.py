"""However many ask at once, in however many peers, what is admitted is what fits."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.flows.asked import Created
from gateway.ports.ledger import Use
from gateway.rules.generation import Stage
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.conftest import ON_POSTGRES_AT_LENGTH
from tests.gateway.flows.play import (
    CLIP_COST,
    Member,
    Peer,
    Play,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
)

pytestmark = ON_POSTGRES_AT_LENGTH

LEVELS = ("organization", "team", "key")
CREATES = 50
FITS = 7
AMPLE = 1000


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("binding", "ample", "left"),
    [
        (credits_limit(25 * FITS), credits_limit(25 * AMPLE), CLIP_COST * FITS),
        (generations_limit(FITS), generations_limit(AMPLE), FITS),
    ],
    ids=["credits", "generations"],
)
async def test_a_budget_is_spent_to_the_last_and_no_further(
    play: Play, level: str, binding: Limit, ample: Limit, left: int
) -> None:
    here, there = await play.peer(), await play.peer()
    member = await _member(here, level, binding, ample)

    outcomes = await _create_often(member, (here, there))

    admitted = [outcome for outcome in outcomes if isinstance(outcome, Created)]
    assert len(admitted) == FITS
    assert {type(outcome) for outcome in outcomes} == {Created, BudgetExceeded}
    assert await here.use(_owner(level, member), binding) == Use(left, left)


@pytest.mark.parametrize("level", LEVELS)
async def test_as_many_run_as_may_and_the_others_wait(play: Play, level: str) -> None:
    here, there = await play.peer(), await play.peer()
    member = await _member(here, level, running_limit(FITS), running_limit(AMPLE))

    outcomes = await _create_often(member, (here, there))

    assert {type(outcome) for outcome in outcomes} == {Created}
    stages = [generation.stage for generation in await here.generations()]
    assert stages.count(Stage.RUNNING) <= FITS
    assert len(play.upstream.creates()) == stages.count(Stage.RUNNING)
    await here.round()
    assert len(play.upstream.creates()) == FITS
    assert await here.use(_owner(level, member), running_limit(FITS)) == Use(FITS, FITS)


async def _member(peer: Peer, level: str, binding: Limit, ample: Limit) -> Member:
    """Add a member with one binding limit and the like of it at the other levels."""
    organization, team, key = (limits(binding if level == each else ample) for each in LEVELS)
    await peer.administer.set_policy(ORGANIZATION, organization, if_version=None)
    return await peer.add_member("ads", team, key)


async def _create_often(member: Member, peers: Sequence[Peer]) -> list[object]:
    creates = (peers[number % len(peers)].create(member) for number in range(CREATES))
    return list(await asyncio.gather(*creates, return_exceptions=True))


def _owner(level: str, member: Member) -> Owner:
    return {"organization": ORGANIZATION, "team": member.team_owner, "key": member.key_owner}[level]

"""A limit that is new in mid-window, while creates are under way, starts at what was really spent."""

import asyncio

import pytest

from gateway.flows.asked import Created
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit, Per
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.conftest import ON_POSTGRES_AT_LENGTH
from tests.gateway.flows.play import (
    CLIP_COST,
    Member,
    Play,
    clip,
    credits_limit,
    generations_limit,
    limits,
)

pytestmark = ON_POSTGRES_AT_LENGTH

BEFORE = 2
CREATES = 16
FITS = 6
OLD = limits(credits_limit(100_000))


@pytest.mark.parametrize(
    "level", ["team", *(pytest.param(level, marks=pytest.mark.long) for level in ("organization", "key"))]
)
@pytest.mark.parametrize(
    ("limit", "each"),
    [
        (credits_limit(25 * FITS, Per.MONTH), CLIP_COST),
        (credits_limit(25 * FITS, timezone="Asia/Tokyo"), CLIP_COST),
        (credits_limit(25 * FITS, model="gen4*"), CLIP_COST),
        (credits_limit(25 * FITS, Per.ROLLING_DAY), CLIP_COST),
        (generations_limit(FITS), 1),
    ],
    ids=["window", "time zone", "models", "rolling", "count"],
)
async def test_it_starts_at_what_was_spent(play: Play, level: str, limit: Limit, each: int) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", OLD, OLD)
    for n in range(BEFORE):
        await here.create(member, clip(promptText=f"before, {n}"))
    creates = [
        asyncio.ensure_future((here, there)[n % 2].create(member, clip(promptText=str(n))))
        for n in range(CREATES)
    ]
    for _ in range(FITS):
        await here.background.admissions.fence()  # a little later, by real work

    await there.administer.set_policy(_owner(level, member), limits(limit), if_version=None)

    outcomes = await asyncio.gather(*creates, return_exceptions=True)
    admitted = BEFORE + sum(isinstance(outcome, Created) for outcome in outcomes)
    assert {type(outcome) for outcome in outcomes} <= {Created, BudgetExceeded}
    assert admitted >= FITS
    assert (await here.use(_owner(level, member), limit)).total == each * admitted
    for peer in (here, there):
        with pytest.raises(BudgetExceeded):
            await peer.create(member)


async def test_one_for_other_models_starts_at_nothing(play: Play) -> None:
    peer = await play.peer()
    member = await peer.add_member("ads", OLD)
    await peer.create(member)

    of_others = credits_limit(25, model="veo*")
    await peer.administer.set_policy(member.team_owner, limits(of_others), if_version=None)
    await peer.create(member)

    assert (await peer.use(member.team_owner, of_others)).total == 0


def _owner(level: str, member: Member) -> Owner:
    return {"organization": ORGANIZATION, "team": member.team_owner, "key": member.key_owner}[level]

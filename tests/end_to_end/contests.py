"""Fifty creates at once against a budget for few: the same contest on every kind of gateway."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from runwayml import APIStatusError

from tests.end_to_end.clips import CREDITS, clip, create_async, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.sdk import async_sdk_of

PARALLEL = 50

Outcome = str | APIStatusError


async def creates_at_once(
    gateway: Gateway, teams: list[Team], requests: list[dict[str, Any]]
) -> list[Outcome]:
    """Send all requests at the same time, from the teams in turn: the ids of tasks, and refusals."""
    async with AsyncExitStack() as stack:
        sdks = [await stack.enter_async_context(async_sdk_of(gateway, team)) for team in teams]
        calls = [create_async(sdks[place % len(sdks)], request) for place, request in enumerate(requests)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    unexpected = [outcome for outcome in outcomes if not isinstance(outcome, str | APIStatusError)]
    assert not unexpected
    return [outcome for outcome in outcomes if isinstance(outcome, str | APIStatusError)]


async def two_of_fifty_are_admitted(gateway: Gateway, mock: Mock) -> None:
    """Parallel creates on a budget for two: exactly two reach Runway, the others are 402."""
    budget = {"measure": "credits", "per": "month", "amount": 2 * CREDITS}
    team, books = gateway.add_team(limits=[budget]), Books(gateway, mock)

    outcomes = await creates_at_once(gateway, [team], [clip() for _ in range(PARALLEL)])

    mock.advance()
    refused = [outcome.status_code for outcome in outcomes if isinstance(outcome, APIStatusError)]
    assert refused == [402] * (PARALLEL - 2)
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)
    assert gateway.usage(team.id)["spent"] == 2 * CREDITS


async def fifty_alike_are_paid_once(gateway: Gateway, mock: Mock) -> None:
    """Parallel identical seeded creates of two teams on a budget for one: fifty tasks, one charge."""
    budget = {"measure": "credits", "per": "month", "amount": CREDITS}
    teams = [gateway.add_team(limits=[budget]) for _ in range(2)]
    text, books = new_text(), Books(gateway, mock)

    outcomes = await creates_at_once(gateway, teams, [clip(text, seed=7)] * PARALLEL)

    mock.advance()
    tasks = [task for team in teams for task in gateway.tasks(team.id)]
    saved = sum(gateway.usage(team.id)["saved"] for team in teams)
    assert len({outcome for outcome in outcomes if isinstance(outcome, str)}) == PARALLEL
    assert {task["id"] for task in tasks} == set(outcomes)
    assert [task["pays"] for task in tasks].count(True) == 1
    assert saved == (PARALLEL - 1) * CREDITS
    assert books.settled() == Bill(creates=1, charged=CREDITS)
    assert books.double_charges() == 0

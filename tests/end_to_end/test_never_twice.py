"""Answers are lost on both sides of the gateway, among creates that are alike and meant to be separate.

However often an SDK sends again by itself: as many charges as creates that its user made.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from tests.end_to_end.clips import CREDITS, new_text
from tests.end_to_end.developers import Sdk
from tests.end_to_end.later import NEXT_LOOK, Clocked
from tests.end_to_end.lossy_wire import lossy_wire
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock

SIDE_BY_SIDE = 20
ALIKE_MAX = 4
LOST_BEHIND = 0.2
"""The chance that Runway's answer is lost on its way to the gateway, whatever is lost before it."""


@pytest.mark.parametrize("creates", [10, pytest.param(100, marks=pytest.mark.long)])
def test_there_are_as_many_charges_as_creates_however_many_answers_are_lost(
    sdk_of_either_kind: Sdk, clocked: Clocked, mock: Mock, creates: int
) -> None:
    gateway, dice = clocked.gateway, Random(creates)  # noqa: S311 (it must be the same every time)
    team, books = gateway.add_team(), Books(gateway, mock)
    lots = list(_lots(creates, dice))
    fault = mock.arm("lose-answer", operation="image_to_video", probability=LOST_BEHIND, seed=creates)

    with lossy_wire(gateway.url, dice) as wire:
        developer = sdk_of_either_kind(wire.url, team)
        told = [pair for lot in lots for pair in zip(developer.create_at_once(lot), lot, strict=True)]
    mock.disarm(fault)

    asked = Counter(text for _, text in told)
    assert wire.lost >= creates / 2
    assert {text: len(mock.creates(text)) for text in asked} == asked
    assert {task["id"] for task in gateway.tasks(team.id)} >= {id for id, _ in told}
    assert len({id for id, _ in told}) == len(set(told)), "an id was told for two texts"
    mock.advance()
    clocked.clock.advance(NEXT_LOOK)
    assert _unclear_are_resolved(gateway, team)
    assert books.settled() == Bill(creates=creates, charged=creates * CREDITS)


@pytest.mark.parametrize("repeats", [3, pytest.param(10, marks=pytest.mark.long)])
def test_deliberate_repeats_one_after_the_other_are_each_told_of_a_task_of_their_own(
    sdk_of_either_kind: Sdk, clocked: Clocked, mock: Mock, repeats: int
) -> None:
    gateway, text = clocked.gateway, new_text()
    team, books = gateway.add_team(), Books(gateway, mock)

    with lossy_wire(gateway.url, Random(repeats)) as wire:  # noqa: S311 (it must be the same every time)
        developer = sdk_of_either_kind(wire.url, team)
        ids = [developer.create(text) for _ in range(repeats)]

    assert wire.lost
    assert {task["id"] for task in gateway.tasks(team.id)} == set(ids)
    mock.advance()
    clocked.clock.advance(NEXT_LOOK)
    assert books.settled() == Bill(creates=repeats, charged=repeats * CREDITS)


@pytest.mark.parametrize("alike", [6, pytest.param(20, marks=pytest.mark.long)])
def test_parallel_creates_that_are_alike_are_told_apart_by_an_idempotency_key(
    sdk_of_either_kind: Sdk, clocked: Clocked, mock: Mock, alike: int
) -> None:
    gateway, texts = clocked.gateway, [new_text()] * alike
    team, books = gateway.add_team(), Books(gateway, mock)

    with lossy_wire(gateway.url, Random(alike)) as wire:  # noqa: S311 (it must be the same every time)
        ids = sdk_of_either_kind(wire.url, team).create_at_once(texts, keyed=True)

    assert wire.lost
    assert {task["id"] for task in gateway.tasks(team.id)} == set(ids)
    mock.advance()
    clocked.clock.advance(NEXT_LOOK)
    assert books.settled() == Bill(creates=alike, charged=alike * CREDITS)


def _lots(creates: int, dice: Random) -> Iterator[list[str]]:
    """What is sent side by side: of each text one, or a few that are alike."""
    texts: list[str] = []
    while len(texts) < creates:
        texts += [new_text()] * dice.randint(1, ALIKE_MAX)
    for first in range(0, creates, SIDE_BY_SIDE):
        lot = texts[first : min(first + SIDE_BY_SIDE, creates)]
        yield dice.sample(lot, len(lot))


def _unclear_are_resolved(gateway: Gateway, team: Team) -> int:
    """Say of each what the usage page says; tell how many there were."""
    unclear = [task["id"] for task in gateway.tasks(team.id) if task["stage"] == "unclear"]
    for id in unclear:
        gateway.post(f"tasks/{id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    return len(unclear)

"""`gateway/TEAMS.md`, line by line: each case is made with one of the SDKs, and then all look at it."""

import re
from contextlib import suppress

import pytest

from mock_server.testing import waits
from tests.end_to_end import page
from tests.end_to_end.cases import creating
from tests.end_to_end.cases.case import CASES, Case, Scenario
from tests.end_to_end.conftest import SDKS
from tests.end_to_end.developers import Developer, Raised, Sdk
from tests.end_to_end.page import Row
from tests.support.waiting import NeverHappened

ROWS = page.rows(page.CASES)
SHOWN = [(row, word) for row in page.rows(page.WAITING) for word in re.findall("[A-Z0-9]{3,}", row.when)]
ACTING = [pytest.param(sdk, marks=pytest.mark.long) if sdk == "node" else sdk for sdk in SDKS]
COSTS = {
    "observed": "what Runway charged",
    "assumed": "its estimate",
    "resolved": "what the administrator said",
}
"""The page's words for how it is known what a task cost, if it cost anything."""
SHOWING: dict[str, Scenario] = {
    "THROTTLED": creating.queued,
    "PENDING": lambda case: case.create(),
    "RUNNING": lambda case: case.create_long(),
    "SUCCEEDED": lambda case: case.ended("SUCCEEDED"),
    "FAILED": lambda case: case.ended("FAILED", "[[fail:INTERNAL]]"),
    "404": lambda case: case.deleted(case.create()),
}
"""A task for everything that one can show."""


def test_every_line_of_the_page_has_its_case() -> None:
    assert sorted(row.when for row in ROWS) == sorted(CASES)
    assert sorted(word for _, word in SHOWN) == sorted(SHOWING)


@pytest.mark.parametrize("acting", ACTING)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_task_shows_and_costs_what_the_page_says(
    row: Row, acting: str, case: Case, sdks: dict[str, Sdk]
) -> None:
    case.sdk = sdks[acting]

    id = CASES[row.when](case)

    lookers = [sdk(case.gateway.url, case.team) for sdk in sdks.values()]
    said = {(row.second, row.third)}
    with suppress(NeverHappened):
        case.wait(lambda: _seen(case, id, lookers) == said, "what the page says")
    assert _seen(case, id, lookers) == said
    assert max(len(case.mock.creates(text)) for text in case.texts) == 1


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize(("row", "shown"), SHOWN, ids=lambda value: value if isinstance(value, str) else "")
def test_waiting_ends_as_the_page_says(
    row: Row, shown: str, sdk: str, case: Case, sdks: dict[str, Sdk], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits.shorten(monkeypatch, lambda: None)
    case.sdk = sdks[sdk]
    id = SHOWING[shown](case)

    end = _end_of_waiting(case, id)

    assert end == (row.second if sdk == "python" else row.third)


def _seen(case: Case, id: str, lookers: list[Developer]) -> set[tuple[str, str]]:
    return {(_shown(looker, id), _cost(case, id)) for looker in lookers}


def _shown(developer: Developer, id: str) -> str:
    try:
        look = developer.look(id)
    except Raised as raised:
        return str(raised.status)
    return ", ".join(f"`{word}`" for word in (look.status, look.failure_code) if word)


def _cost(case: Case, id: str) -> str:
    task = case.task(id)
    if not task["pays"] or task["charged"] == 0:
        return "nothing"
    if task["charged"] is None:
        return "held"
    if task["basis"] == "observed":
        assert task["charged"] == case.mock.task(task["upstreamId"])["cost"]["credits"]
    return COSTS[task["basis"]]


def _end_of_waiting(case: Case, id: str) -> str:
    try:
        task = case.developer.wait(id, seconds_max=0.01)
    except Raised as raised:
        return f"`{raised.name}`"
    return "returns the task" if task.id == id else f"returns {task.id}"

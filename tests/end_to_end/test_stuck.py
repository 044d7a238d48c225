"""Tasks that stand still: how they are found and seen, what becomes of their slot, their money and them."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.end_to_end.cases.case import LONG, ON_ITS_WAY, Case
from tests.end_to_end.clips import CREDITS
from tests.end_to_end.developers import Raised
from tests.end_to_end.later import NEXT_EVIDENCE, NEXT_LOOK, STANDS_STILL
from tests.support.books import Bill, Books
from tests.support.gateway import ADMIN_KEY, Metrics
from tests.support.programs import PATH

ONE_SLOT = {"measure": "running", "amount": 1}
TWO_CLIPS = {"measure": "credits", "per": "total", "amount": 2 * CREDITS}
HOURS_LONG = "[[lasts:36000]]"
HALF_AN_HOUR = 1800.0


@pytest.fixture(autouse=True)
def policy(case: Case) -> None:
    """Give the team one slot and a budget for two clips."""
    case.gateway.change_policy(case.team.id, limits=[ONE_SLOT, TWO_CLIPS])


@pytest.fixture
def books(case: Case) -> Books:
    return Books(case.gateway, case.mock)


@pytest.mark.parametrize("progress", [0, 0.5, 0.99])
def test_its_slot_is_the_next_one_s_and_its_money_stays_held(case: Case, progress: float) -> None:
    stuck, queued = _moving(case, f"[[stuck:{progress}]]"), case.create()

    case.clock.advance(STANDS_STILL)

    case.until(queued, "running")
    usage = case.gateway.usage(case.team.id)
    with pytest.raises(Raised) as refused:
        case.create()
    assert case.developer.look(stuck).progress == progress
    assert (usage["unclear"], usage["reserved"], usage["spent"]) == (CREDITS, CREDITS, 0)
    assert refused.value.status == 402


def test_one_that_moves_however_slowly_is_not_stuck(case: Case) -> None:
    id = _moving(case, HOURS_LONG)

    for _ in range(3):
        before = case.developer.look(id).progress
        case.mock.advance(HALF_AN_HOUR)
        case.clock.advance(STANDS_STILL - NEXT_LOOK)
        case.wait(lambda before=before: case.developer.look(id).progress != before, "progress")  # type: ignore[misc]

    assert case.task(id)["stage"] == "running"
    assert _logged(case, "stuck") == []


def test_it_is_seen_in_metrics_log_and_administration(case: Case) -> None:
    before = case.gateway.metrics()

    stuck = _stuck(case)

    now = case.gateway.metrics()
    assert now.total("stuck_total", team=case.team.id) == 1
    assert _unclear(now, "generations") == _unclear(before, "generations") + 1
    assert _unclear(now, "credits_held") == _unclear(before, "credits_held") + CREDITS
    assert [task["id"] for task in case.gateway.get("tasks", stage="unclear")["data"]] == [stuck]
    assert [task["id"] for task in _listed(case)] == [stuck]
    assert [line["reserved"] for line in _logged(case, "stuck")] == [CREDITS]


def test_it_is_told_once_however_long_it_lasts(case: Case) -> None:
    stuck = _stuck(case)

    for _ in range(3):
        case.clock.advance(STANDS_STILL)
        case.wait(lambda: case.developer.look(stuck).status == "RUNNING", "it still stands")

    assert len(_logged(case, "stuck")) == 1


def test_one_that_moves_again_holds_a_slot_again(case: Case) -> None:
    stuck = _stuck(case, LONG)

    case.mock.advance(1)
    case.clock.advance(NEXT_EVIDENCE)
    case.until(stuck, "running")

    assert case.developer.look(case.create()).status == "THROTTLED"
    assert case.gateway.usage(case.team.id)["unclear"] == 0


def test_one_that_ends_after_all_costs_what_it_cost(case: Case, books: Books) -> None:
    stuck = _stuck(case, f"{LONG}[[cost:20]]")

    case.mock.advance()
    case.clock.advance(NEXT_EVIDENCE)
    case.until(stuck, "done")

    assert books.settled() == Bill(creates=1, charged=CREDITS, refunded=CREDITS - 20)
    assert case.developer.look(stuck).cost == {"credits": 20}


def test_an_administrator_who_finds_that_it_cost_nothing_frees_its_money(case: Case) -> None:
    case.gateway.change_policy(case.team.id, limits=[ONE_SLOT, TWO_CLIPS | {"amount": CREDITS}])
    stuck = _stuck(case)

    case.resolve(stuck, credits=0)

    assert case.task(stuck)["basis"] == "resolved"
    assert case.developer.look(case.create()).status == "PENDING"


def test_one_that_its_team_deletes_is_deleted_at_runway_too_and_costs_its_estimate(
    case: Case, books: Books
) -> None:
    stuck = _stuck(case)
    upstream = case.task(stuck)["upstreamId"]

    case.deleted(stuck)

    task = case.task(stuck)
    assert case.mock.task(upstream)["status"] == "CANCELLED"
    assert (task["stage"], task["charged"], task["basis"]) == ("done", CREDITS, "assumed")
    assert books.held() == 0


def _stuck(case: Case, words: str = "[[stuck:0.99]]") -> str:
    """Make a task and let it stand still until that is seen."""
    id = _moving(case, words)
    case.clock.advance(STANDS_STILL)
    return case.until(id, "unclear")


def _moving(case: Case, words: str) -> str:
    """Make a task that has come as far as its words let it in a minute, as the gateway has seen."""
    id = case.create(words)
    case.mock.advance(ON_ITS_WAY)
    case.clock.advance(NEXT_LOOK)
    return case.until_shown(id, "RUNNING")


def _listed(case: Case) -> Any:  # noqa: ANN401 (JSON)
    """What `runway-gateway tasks list` says of unclear tasks."""
    environment = {"PATH": PATH, "GATEWAY_URL": case.gateway.url, "GATEWAY_ADMIN_KEY": ADMIN_KEY}
    command = [sys.executable, "-m", "gateway", "tasks", "list", "--stage", "unclear", "--json"]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)


def _unclear(metrics: Metrics, name: str) -> float:
    return metrics.total(name, stage="unclear")


def _logged(case: Case, event: str) -> list[dict[str, Any]]:
    """The team's events of one name."""
    lines = [line for line in case.gateway.program.said().splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in lines]
    return [told for told in events if told["event"] == event and told["team"] == case.team.id]

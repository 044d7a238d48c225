from typing import Any

import pytest

from mock_server.lifecycle import LEGAL, Status
from tests.mock_server.driver import Driver

# Seconds after the create, and what the task shows then: it waits for 1 s and runs for 12 s.
LIFE: list[tuple[float, dict[str, Any]]] = [
    (0, {"status": "PENDING"}),
    (0.999, {"status": "PENDING"}),
    (1, {"status": "RUNNING", "progress": 0}),
    (4, {"status": "RUNNING", "progress": 0.25}),
    (12.99, {"status": "RUNNING", "progress": 0.99}),
    (13, {"status": "SUCCEEDED"}),
    (86_400, {"status": "SUCCEEDED"}),
]


@pytest.mark.parametrize(("seconds", "shown"), LIFE)
def test_a_task_shows_what_its_clock_says(mock: Driver, seconds: float, shown: dict[str, Any]) -> None:
    task = mock.create()

    mock.advance(seconds)

    assert mock.task(task).items() >= shown.items()


def test_an_open_task_has_an_estimate_and_an_ended_one_a_cost(mock: Driver) -> None:
    task = mock.create()

    before = mock.task(task)
    mock.advance(13)
    after = mock.task(task)

    assert (before["estimatedCost"], "cost" in before) == ({"credits": 25}, False)
    assert (after["cost"], "estimatedCost" in after) == ({"credits": 25}, False)


def test_a_task_was_created_at_the_time_of_its_clock(mock: Driver) -> None:
    mock.advance(1.5)

    task = mock.create()

    assert mock.task(task)["createdAt"] == "2026-11-01T00:00:01.500Z"


def test_only_as_many_run_as_the_tier_allows_and_the_rest_follow_in_order(mock: Driver) -> None:
    first, second, third = mock.create(), mock.create(), mock.create()

    at_once = [mock.task(task)["status"] for task in (first, second, third)]
    mock.advance(14)
    later = [mock.task(task)["status"] for task in (first, second, third)]

    assert at_once == ["PENDING", "THROTTLED", "THROTTLED"]
    assert later == ["SUCCEEDED", "RUNNING", "THROTTLED"]


def test_what_happened_does_not_depend_on_when_one_looks() -> None:
    looks = [[39.0], [1.0] * 39, [13.5, 0.1, 25.4]]

    seen = []
    for steps in looks:
        with Driver() as mock:
            tasks = [mock.create() for _ in range(3)]
            for step in steps:
                mock.advance(step)
            seen.append([mock.get(f"/_mock/tasks/{task}") for task in tasks])

    assert seen[0] == seen[1] == seen[2]


def test_each_model_has_its_own_places(mock: Driver) -> None:
    mock.create()

    other = mock.create(model="gen4.5")

    assert mock.task(other)["status"] == "PENDING"


def test_a_higher_tier_lets_those_that_wait_run(mock: Driver) -> None:
    mock.create()
    waiting = mock.create()

    mock.ask("PATCH", "/_mock/tenants/key_of_the_test", json={"tier": 3})

    assert mock.task(waiting)["status"] == "PENDING"


def test_a_deleted_task_is_gone_and_frees_its_place(mock: Driver) -> None:
    first, second = mock.create(), mock.create()

    deleted = mock.ask("DELETE", f"/v1/tasks/{first}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert mock.ask("GET", f"/v1/tasks/{first}").status_code == 404
    assert mock.ask("DELETE", f"/v1/tasks/{first}").json() == {"error": "Could not find Task"}
    assert mock.task(second)["status"] == "PENDING"


def test_a_task_that_is_deleted_while_it_waits_leaves_the_line(mock: Driver) -> None:
    first, second, third = mock.create(), mock.create(), mock.create()

    mock.ask("DELETE", f"/v1/tasks/{second}")
    mock.advance_until(first)

    assert mock.task(third)["status"] == "PENDING"


def test_a_tenant_never_sees_the_task_of_another(mock: Driver) -> None:
    task = mock.create(key="key_a")

    read = mock.ask("GET", f"/v1/tasks/{task}", key="key_b")
    deleted = mock.ask("DELETE", f"/v1/tasks/{task}", key="key_b")

    assert (read.status_code, deleted.status_code) == (404, 404)
    assert mock.task(task, key="key_a")["status"] == "PENDING"


def test_nothing_follows_on_an_end() -> None:
    terminal = {status for status in Status if status.is_terminal}

    assert terminal == {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}
    assert {follower for followers in LEGAL.values() for follower in followers}.isdisjoint({Status.THROTTLED})

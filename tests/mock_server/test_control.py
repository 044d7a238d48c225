"""`/_mock/…`, as far as it is not tested with what it controls."""

from typing import Any

import pytest

from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import CLIP, FROZEN, KEY, Driver


def test_the_journal_shows_who_asked_what(mock: Driver) -> None:
    task = mock.create()
    mock.task(task)

    created, read = mock.get("/_mock/requests")["data"]

    assert (
        created.items() >= {"operation": "image_to_video", "tenant": KEY, "task": task, "status": 200}.items()
    )
    assert created["body"] == CLIP
    assert read.items() >= {"operation": "tasks_retrieve", "path": f"/v1/tasks/{task}"}.items()


def test_the_journal_can_be_searched(mock: Driver) -> None:
    mock.create(key="key_a")
    mock.create(key="key_b")
    mock.get("/v1/organization", key="key_b")

    found = mock.get("/_mock/requests?tenant=key_b&operation=image_to_video")["data"]

    assert len(found) == 1


def test_the_journal_shows_refusals_and_retries(mock: Driver) -> None:
    mock.ask("GET", "/v1/organization", headers={"Authorization": "", "x-stainless-retry-count": "2"})
    mock.ask("POST", "/v1/image_to_video", json={}, headers={"x-stainless-retry-count": "2"})

    stranger, refused = mock.get("/_mock/requests")["data"]

    assert (stranger["status"], stranger.get("tenant")) == (401, None)
    assert (refused["status"], refused["retryCount"]) == (400, 2)


def test_media_appear_in_the_journal_as_digests(mock: Driver) -> None:
    mock.create(promptImage="data:image/png;base64,iVBORw0KGgo=")

    [created] = mock.get("/_mock/requests")["data"]

    assert created["body"]["promptImage"].startswith("sha256:")


def test_the_journal_keeps_within_its_bound_and_counts_what_it_dropped() -> None:
    with Driver(Settings(bounds=Bounds(journal_bytes=2200))) as mock:
        for _ in range(10):
            mock.get("/v1/organization")

        journal = mock.get("/_mock/requests")

    assert (len(journal["data"]), journal["dropped"]) == (5, 5)
    assert [record["number"] for record in journal["data"]] == [6, 7, 8, 9, 10]


def test_a_task_can_be_inspected_after_it_was_deleted(mock: Driver) -> None:
    task = mock.create()
    mock.ask("DELETE", f"/v1/tasks/{task}")

    shown = mock.get(f"/_mock/tasks/{task}")

    assert shown.items() >= {"tenant": KEY, "status": "CANCELLED", "deleted": True, "polls": 0}.items()
    assert shown["cost"] == {"credits": 25}


def test_the_journal_says_why_a_call_was_refused(mock: Driver) -> None:
    mock.post("/v1/image_to_video", {"model": "gen4_turbo"})
    mock.ask("POST", "/v1/image_to_video", json=CLIP, headers={"x-mock-fault": "refuse:503"})
    mock.get("/v1/organization", key="key_" + "0" * 128)

    records = mock.get("/_mock/requests")["data"]

    assert [record["reason"] for record in records] == ["rule", "fault", "limitation"]
    assert records[0]["body"] == {"model": "gen4_turbo"}


def test_the_newest_calls_can_be_asked_for(mock: Driver) -> None:
    for _ in range(5):
        mock.get("/v1/organization")

    newest = mock.get("/_mock/requests?last=2")["data"]

    assert [record["number"] for record in newest] == [4, 5]


@pytest.mark.parametrize("last", ["", "-1", "two", "1e3", "9" * 10])
def test_a_wrong_number_of_newest_is_refused(mock: Driver, last: str) -> None:
    assert mock.ask("GET", f"/_mock/requests?last={last}").status_code == 400
    assert mock.ask("GET", f"/_mock/tasks?last={last}").status_code == 400


def test_tasks_are_listed_and_counted(mock: Driver) -> None:
    mock.advance_until(mock.create())
    running, waiting = mock.create(), mock.create()
    mock.advance(4)

    listed = mock.get("/_mock/tasks")

    assert [task["status"] for task in listed["data"]] == ["SUCCEEDED", "RUNNING", "THROTTLED"]
    assert (listed["data"][1]["id"], listed["data"][1]["progress"]) == (running, 0.25)
    assert {status: count for status, count in listed["counts"].items() if count} == {
        "SUCCEEDED": 1,
        "RUNNING": 1,
        "THROTTLED": 1,
    }
    assert [task["id"] for task in mock.get("/_mock/tasks?status=THROTTLED")["data"]] == [waiting]
    assert [task["id"] for task in mock.get("/_mock/tasks?last=1")["data"]] == [waiting]


def test_the_tasks_of_one_key_can_be_listed(mock: Driver) -> None:
    mock.create(key="key_a")
    other = mock.create(key="key_b")

    assert [task["id"] for task in mock.get("/_mock/tasks?tenant=key_b")["data"]] == [other]


def test_queues_show_who_waits_behind_whom(mock: Driver) -> None:
    _, second, third = mock.create(), mock.create(), mock.create()

    assert mock.get("/_mock/queues")["data"] == [
        {
            "tenant": KEY,
            "model": "gen4_turbo",
            "running": 1,
            "places": 1,
            "waiting": 2,
            "next": [second, third],
        }
    ]


def test_keys_are_listed_with_their_accounts(mock: Driver) -> None:
    mock.create(key="key_a")
    mock.create(key="key_b")

    listed = mock.get("/_mock/tenants")["data"]

    assert [tenant["key"] for tenant in listed] == ["key_a", "key_b"]
    assert listed[0] == mock.get("/_mock/tenants/key_a")


def test_a_fault_for_a_real_key_does_not_show_it() -> None:
    key = "key_" + "0123456789abcdef" * 8
    with Driver(Settings(allow_real_keys=True)) as mock:
        mock.arm(fault="refuse", tenant=key)

        listed = mock.ask("GET", "/_mock/faults")
        refused = mock.ask("GET", "/v1/organization", key=key)

    assert key not in listed.text
    assert refused.status_code == 503


def test_nothing_survives_a_reset(mock: Driver) -> None:
    fresh = _remembered(mock)
    mock.create()
    mock.post("/v1/uploads", {"filename": "a.png", "type": "ephemeral"})
    mock.arm(fault="refuse")
    mock.post("/_mock/clock", {"mode": "real", "speed": 3, "advance": 1000})
    mock.ask("PUT", f"/_mock/tenants/{KEY}", json={"balance": 1, "tier": 4, "refundsCancelled": True})

    answer = mock.post("/_mock/reset", {})

    assert answer.status_code == 204
    assert _remembered(mock) == fresh


def test_one_tenant_can_be_reset(mock: Driver) -> None:
    task, other = mock.create(key="key_a"), mock.create(key="key_b")

    mock.post("/_mock/reset?tenant=key_a", {})

    assert mock.ask("GET", f"/v1/tasks/{task}", key="key_a").status_code == 404
    assert mock.ask("GET", f"/v1/tasks/{other}", key="key_b").status_code == 200


def test_a_tenant_shows_its_account(mock: Driver) -> None:
    mock.create()

    assert mock.get(f"/_mock/tenants/{KEY}") == {
        "key": KEY,
        "now": "2026-11-01T00:00:00.000Z",
        "balance": 99_975,
        "tier": "1",
        "refundsCancelled": False,
        "refundsModeratedOutput": True,
        "tasks": 1,
    }


@pytest.mark.parametrize("order", [{"tier": "9"}, {"balance": -1}, {"blance": 5}, {"balance": "much"}])
def test_a_wrong_order_for_a_tenant_is_refused(mock: Driver, order: dict[str, Any]) -> None:
    assert mock.ask("PUT", f"/_mock/tenants/{KEY}", json=order).status_code == 400


def test_an_unknown_task_cannot_be_inspected_or_awaited(mock: Driver) -> None:
    assert mock.ask("GET", "/_mock/tasks/none").status_code == 404
    assert mock.advance_until("none").status_code == 404


def test_ids_repeat_for_the_same_seed() -> None:
    ids = []
    for _ in range(2):
        with Driver(FROZEN) as mock:
            ids.append(mock.create())

    assert ids[0] == ids[1]


def _remembered(mock: Driver) -> list[Any]:
    paths = ("/_mock/clock", "/_mock/faults", "/_mock/audit", "/_mock/requests", f"/_mock/tenants/{KEY}")
    return [mock.get(path) for path in paths]


@pytest.mark.parametrize(
    ("path", "near"),
    [("requests?operation=image_to_vido", "image_to_video"), ("tasks?status=RUNING", "RUNNING")],
)
def test_a_misspelt_name_finds_an_error_and_not_nothing(mock: Driver, path: str, near: str) -> None:
    answer = mock.ask("GET", f"/_mock/{path}")

    assert answer.status_code == 400
    assert answer.json()["error"].endswith(f"Nearest: {near}")

"""The web workspace's usage and audit log, told from what the tenant did."""

from typing import Any

from tests.mock_server.driver import CLIP_CREDITS, Driver

NOVEMBER = "from=2026-11-01&to=2026-12-01&limit=10"


def logs(mock: Driver, query: str = "limit=10") -> Any:  # noqa: ANN401 (JSON)
    return mock.get(f"/v1/organization/webapp/audit_logs?{query}")


def test_usage_shows_every_charge_and_refund_newest_first(mock: Driver) -> None:
    mock.create(promptText="[[fail:INTERNAL]]")
    mock.advance(20)

    page = mock.get(f"/v1/organization/webapp/usage?{NOVEMBER}")

    assert [(item["type"], item["credits"]) for item in page["data"]] == [
        ("refund", CLIP_CREDITS),
        ("charge", CLIP_CREDITS),
    ]
    assert {item["tool"] for item in page["data"]} == {"image_to_video"}


def test_usage_outside_of_the_window_or_workspace_is_left_out(mock: Driver) -> None:
    mock.create()

    before = mock.get("/v1/organization/webapp/usage?from=2026-10-01&to=2026-11-01&limit=10")
    elsewhere = mock.get(f"/v1/organization/webapp/usage?{NOVEMBER}&workspaceIds=2,3")

    assert before["data"] == elsewhere["data"] == []


def test_usage_comes_in_pages(mock: Driver) -> None:
    for _ in range(3):
        mock.create()

    first = mock.get("/v1/organization/webapp/usage?from=2026-11-01&to=2026-12-01&limit=2")
    second = mock.get(
        f"/v1/organization/webapp/usage?from=2026-11-01&to=2026-12-01&limit=2&cursor={first['nextCursor']}"
    )

    assert (len(first["data"]), len(second["data"]), second["hasMore"]) == (2, 1, False)


def test_the_log_has_what_changed_something_and_nothing_else(mock: Driver) -> None:
    task = mock.create()
    mock.task(task)
    mock.post("/v1/image_to_video", {"model": "wrong"})
    mock.ask("DELETE", f"/v1/tasks/{task}")

    assert [item["action"] for item in logs(mock)["data"]] == ["AssetDeleted", "GenerationCreated"]


def test_the_log_is_filtered_by_action_and_actor(mock: Driver) -> None:
    task = mock.create()
    mock.ask("DELETE", f"/v1/tasks/{task}")

    def found(query: str) -> int:
        return len(logs(mock, f"limit=10&{query}")["data"])

    assert found("actions=GenerationCreated,UserLogin") == 1
    assert found("actorEmails=nobody@mock.invalid") == 0
    assert found("to=2026-10-01T00:00:00Z") == 0


def test_an_entry_can_be_read_with_its_details(mock: Driver) -> None:
    task = mock.create()
    [listed] = logs(mock)["data"]

    entry = mock.get(f"/v1/organization/webapp/audit_logs/{listed['eventId']}")

    assert entry["metadata"]["Model"] == "gen4_turbo"
    assert entry["resourceId"] == task
    assert entry.items() >= listed.items()


def test_another_tenant_reads_none_of_it(mock: Driver) -> None:
    mock.create()
    [listed] = logs(mock)["data"]

    path = "/v1/organization/webapp/audit_logs"

    assert mock.ask("GET", f"{path}/{listed['eventId']}", key="key_other").status_code == 404
    assert mock.get(f"{path}?limit=10", key="key_other")["data"] == []

"""Files, forms of uploads, the entrance of a session: in the journal, and open to faults that name them."""

from typing import Any

import httpx

from tests.mock_server.driver import KEY, Driver

SESSION = {
    "model": "gwm1_avatars",
    "avatar": {"type": "runway-preset", "presetId": "influencer"},
    "maxDuration": 60,
}
IMAGE = {"model": "gen4_image", "promptText": "a lighthouse", "ratio": "720:720", "seed": 1}


def noted(mock: Driver, operation: str) -> list[Any]:
    return list(mock.get(f"/_mock/requests?operation={operation}")["data"])


def test_a_download_is_in_the_journal_without_its_signature(mock: Driver) -> None:
    task = str(mock.post("/v1/text_to_image", IMAGE).json()["id"])
    mock.advance(10)
    url = str(mock.task(task)["output"][0])

    statuses = [
        mock.ask("GET", url).status_code,
        mock.ask("GET", url, headers={"Range": "bytes=0-9"}).status_code,
        mock.ask("GET", url.partition("?")[0]).status_code,
    ]

    records = noted(mock, "download")
    assert statuses == [record["status"] for record in records] == [200, 206, 403]
    assert {(record["task"], record["tenant"]) for record in records} == {(task, KEY)}
    assert "_jwt" not in str(records)
    expected = {"operation": "download", "times": 2, "tenant": KEY}
    assert mock.post("/_mock/verify", expected | {"status": 403, "times": 1}).status_code == 200


def test_what_is_nowhere_is_in_the_journal_of_nobody(mock: Driver) -> None:
    mock.ask("GET", "/gen4_turbo/nothing/output-0.mp4")

    [record] = noted(mock, "download")
    assert record["status"] == 404
    assert "tenant" not in record


def test_the_form_of_an_upload_is_in_the_journal(mock: Driver) -> None:
    promise = mock.post("/v1/uploads", {"filename": "face.png", "type": "ephemeral"}).json()
    file = {"file": ("face.png", b"x" * 600)}

    mock.ask("POST", promise["uploadUrl"], data=promise["fields"], files=file)
    mock.ask("POST", promise["uploadUrl"], data={}, files=file)

    assert [(record["status"], record["tenant"]) for record in noted(mock, "upload")] == [
        (204, KEY),
        (403, KEY),
    ]


def test_the_entrance_of_a_session_is_in_the_journal_without_its_key(mock: Driver) -> None:
    session, key = _ready(mock)

    _enter(mock, session, key)

    assert [record["status"] for record in noted(mock, "consume")] == [200]
    assert key not in str(noted(mock, "consume"))


def test_a_fault_that_names_it_keeps_a_client_out_of_its_session(mock: Driver) -> None:
    session, key = _ready(mock)
    mock.arm(fault="refuse", status=502, operation="consume", times=1)

    statuses = [_enter(mock, session, key).status_code for _ in range(2)]

    assert statuses == [502, 200]


def test_a_fault_that_names_no_operation_leaves_the_side_doors_alone(mock: Driver) -> None:
    session, key = _ready(mock)
    mock.arm(fault="refuse")

    assert _enter(mock, session, key).status_code == 200


def test_what_is_downloaded_is_no_creation_in_the_audit_log(mock: Driver) -> None:
    task = mock.post("/v1/text_to_image", IMAGE).json()["id"]
    mock.advance(10)
    mock.ask("GET", mock.task(task)["output"][0])

    logged = mock.get("/v1/organization/webapp/audit_logs?limit=10")["data"]

    assert [event["action"] for event in logged] == ["GenerationCreated"]


def _ready(mock: Driver) -> tuple[str, str]:
    session = str(mock.post("/v1/realtime_sessions", SESSION).json()["id"])
    mock.advance(1)
    return session, str(mock.get(f"/v1/realtime_sessions/{session}")["sessionKey"])


def _enter(mock: Driver, session: str, key: str) -> httpx.Response:
    return mock.ask("POST", f"/v1/realtime_sessions/{session}/consume", key=key)

import json

import pytest

from mock_server.app import create_app
from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import CLIP, FROZEN, KEY, Driver, headers

REAL_KEY = "key_" + "0123456789abcdef" * 8


@pytest.mark.parametrize("authorization", [None, "Bearer ", "Basic a2V5", KEY])
def test_without_a_key_nothing_is_answered(mock: Driver, authorization: str | None) -> None:
    sent = {} if authorization is None else {"Authorization": authorization}

    answer = mock.ask("GET", "/v1/organization", headers={"Authorization": ""} | sent)

    assert answer.status_code == 401
    assert "API key" in answer.json()["error"]


@pytest.mark.parametrize("version", ["", "2024-09-13"])
def test_a_missing_or_other_version_is_a_400(mock: Driver, version: str) -> None:
    answer = mock.ask("GET", "/v1/organization", headers={"X-Runway-Version": version})

    assert answer.status_code == 400
    assert "X-Runway-Version" in answer.json()["error"]


def test_a_key_that_looks_real_is_refused_and_not_written_down(mock: Driver) -> None:
    answer = mock.ask("GET", "/v1/organization", key=REAL_KEY)

    assert answer.status_code == 401
    assert answer.headers["x-mock-reason"] == "limitation"
    assert REAL_KEY not in mock.ask("GET", "/_mock/requests").text


def test_a_real_key_can_be_allowed_and_is_never_shown() -> None:
    with Driver(Settings(allow_real_keys=True)) as mock:
        answer = mock.ask("GET", "/v1/organization", key=REAL_KEY)

        assert answer.status_code == 200
        assert REAL_KEY not in mock.ask("GET", "/_mock/requests").text


def test_real_keys_that_begin_alike_are_different_tenants() -> None:
    with Driver(Settings(allow_real_keys=True)) as mock:
        task = mock.create(key=REAL_KEY)

        assert mock.ask("GET", f"/v1/tasks/{task}", key=f"{REAL_KEY[:-1]}0").status_code == 404


def test_a_key_that_is_too_long_opens_no_account(mock: Driver) -> None:
    answer = mock.ask("GET", "/v1/organization", key="k" * 501)

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (401, "limitation")
    assert mock.get("/_mock/tenants")["data"] == []


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/tasks/", "/v1/tasks/a/b", "/v2/tasks/a"])
def test_an_unknown_path_is_a_404(mock: Driver, path: str) -> None:
    answer = mock.ask("GET", path)

    assert (answer.status_code, answer.json()["error"]) == (404, "Not found")


def test_a_wrong_method_is_a_405_that_names_the_right_ones(mock: Driver) -> None:
    answer = mock.ask("PUT", "/v1/tasks/an-id")

    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET")


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 70 + b"1" + b"}" * 70]
)
def test_what_is_no_json_is_a_400(mock: Driver, raw: bytes) -> None:
    answer = mock.ask("POST", "/v1/image_to_video", content=raw)

    assert (answer.status_code, answer.json()["error"]) == (400, "The body is not valid JSON.")


def test_a_body_that_is_too_large_is_a_413() -> None:
    with Driver(Settings(bounds=Bounds(body_bytes=1000))) as mock:
        answer = mock.post("/v1/image_to_video", CLIP | {"promptText": "x" * 1000})

    assert answer.status_code == 413


@pytest.mark.parametrize("sent", [{"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}])
def test_only_plain_json_is_read(mock: Driver, sent: dict[str, str]) -> None:
    answer = mock.ask("POST", "/v1/image_to_video", content=json.dumps(CLIP), headers=sent)

    assert answer.status_code == 415


def test_more_keys_than_the_bound_are_refused() -> None:
    with Driver(Settings(bounds=Bounds(tenants=1))) as mock:
        mock.create(key="key_a")

        answer = mock.ask("GET", "/v1/organization", key="key_b")

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (503, "limitation")


def test_more_tasks_than_the_bound_are_refused() -> None:
    with Driver(Settings(bounds=Bounds(tasks_per_tenant=1))) as mock:
        mock.create()

        answer = mock.post("/v1/image_to_video", CLIP)

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (503, "limitation")


def test_a_head_request_is_answered_without_a_body(mock: Driver) -> None:
    answer = mock.ask("HEAD", "/v1/organization", headers=headers())

    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_client_that_leaves_within_its_body_is_not_answered() -> None:
    sent: list[object] = []
    head = [(name.lower().encode(), value.encode()) for name, value in headers().items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/image_to_video",
        "headers": head,
        "query_string": b"",
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    await create_app(FROZEN)(scope, receive, send)

    assert sent == []

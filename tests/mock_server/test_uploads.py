from typing import Any

import httpx
import pytest

from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import CLIP, FROZEN, Driver

PNG = b"\x89PNG" + b"x" * 600


def test_an_upload_can_be_used_as_input(mock: Driver) -> None:
    promise = _promise(mock)

    received = _send(mock, promise)
    created = mock.post("/v1/image_to_video", CLIP | {"promptImage": promise["runwayUri"]})

    assert (received.status_code, received.content) == (204, b"")
    assert created.status_code == 200


def test_a_promise_names_the_host_that_the_client_used(mock: Driver) -> None:
    assert _promise(mock)["uploadUrl"].startswith("http://mock.test/")


def test_a_promise_names_the_public_url_if_there_is_one() -> None:
    with Driver(Settings(public_url="https://mock.example.org")) as mock:
        assert _promise(mock)["uploadUrl"].startswith("https://mock.example.org/")


@pytest.mark.parametrize("uri", ["runway://never-promised", "runway://"])
def test_an_unknown_upload_is_a_400(mock: Driver, uri: str) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptImage": uri})

    assert answer.status_code == 400


def test_a_promised_upload_without_a_file_is_a_400_that_names_its_place(mock: Driver) -> None:
    promise = _promise(mock)
    frames = [{"uri": promise["runwayUri"], "position": "first"}]

    answer = mock.post("/v1/image_to_video", CLIP | {"promptImage": frames})

    [issue] = answer.json()["issues"]
    assert (issue["code"], issue["path"]) == ("custom", ["promptImage", 0, "uri"])


def test_the_upload_of_another_tenant_is_a_400(mock: Driver) -> None:
    promise = _promise(mock)
    _send(mock, promise)

    answer = mock.post("/v1/image_to_video", CLIP | {"promptImage": promise["runwayUri"]}, key="key_b")

    assert answer.status_code == 400


def test_an_upload_expires_after_24_hours(mock: Driver) -> None:
    promise = _promise(mock)
    _send(mock, promise)
    body = CLIP | {"promptImage": promise["runwayUri"]}

    mock.advance(24 * 3600 - 1)
    before = mock.post("/v1/image_to_video", body)
    mock.advance(1)
    after = mock.post("/v1/image_to_video", body)

    assert (before.status_code, after.status_code) == (200, 400)


def test_a_promise_expires_too(mock: Driver) -> None:
    promise = _promise(mock)

    mock.advance(24 * 3600)

    assert _send(mock, promise).status_code == 403


@pytest.mark.parametrize("changed", ["key", "x-amz-signature", "Content-Type"])
def test_a_changed_field_is_refused(mock: Driver, changed: str) -> None:
    promise = _promise(mock)
    promise["fields"][changed] = "something else"

    assert _send(mock, promise).status_code == 403


@pytest.mark.parametrize("size", [0, 511, 2001])
def test_a_file_of_a_wrong_size_is_refused(size: int) -> None:
    with Driver(Settings(clock=FROZEN.clock, bounds=Bounds(upload_bytes=2000))) as mock:
        promise = _promise(mock)

        assert _send(mock, promise, content=b"x" * size).status_code == 400


def test_a_form_that_breaks_off_is_refused(mock: Driver) -> None:
    promise = _promise(mock)
    body = b'--cut\r\nContent-Disposition: form-data; name="key"\r\n\r\nhalf'
    sent = {"Content-Type": "multipart/form-data; boundary=cut"}

    answer = mock.ask("POST", promise["uploadUrl"], content=body, headers=sent)

    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data"])
def test_what_is_no_form_is_refused(mock: Driver, kind: str) -> None:
    answer = mock.ask("POST", _promise(mock)["uploadUrl"], content=b"{}", headers={"Content-Type": kind})

    assert answer.status_code == 400


def test_more_uploads_than_the_bound_are_refused_until_old_ones_expire() -> None:
    bounds = Bounds(uploads_per_tenant=1)
    with Driver(Settings(clock=FROZEN.clock, bounds=bounds)) as mock:
        order = {"filename": "a.png", "type": "ephemeral"}
        statuses = [mock.post("/v1/uploads", order).status_code for _ in range(2)]
        mock.advance(24 * 3600)
        statuses.append(mock.post("/v1/uploads", order).status_code)

    assert statuses == [200, 429, 200]


def test_a_fault_can_hit_the_form_and_leave_the_promise_alone(mock: Driver) -> None:
    mock.arm(fault="refuse", status=500, operation="upload", times=1)
    promise = _promise(mock)

    statuses = [_send(mock, promise).status_code for _ in range(2)]

    assert statuses == [500, 204]


def _promise(mock: Driver) -> Any:  # noqa: ANN401 (JSON)
    return mock.post("/v1/uploads", {"filename": "first.png", "type": "ephemeral"}).json()


def _send(mock: Driver, promise: Any, *, content: bytes = PNG) -> httpx.Response:  # noqa: ANN401 (JSON)
    files = {"file": ("first.png", content)}
    return mock.ask("POST", promise["uploadUrl"], data=promise["fields"], files=files)

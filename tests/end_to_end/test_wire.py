"""What no SDK sends: bodies that are no JSON, odd headers, strange ids. Each gets a clear answer."""

import gzip
import re
from collections.abc import Iterator

import httpx
import pytest

from gateway.web.exchange import BODY_BYTES_MAX
from tests.end_to_end.clips import CREDITS, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock

PATH = "/v1/image_to_video"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DEEP = 40


@pytest.fixture
def wire(gateway: Gateway, team: Team) -> Iterator[httpx.Client]:
    """A plain HTTP client with a team's key."""
    headers = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
    with httpx.Client(base_url=gateway.url, headers=headers, trust_env=False) as wire:
        yield wire


def body(**changes: object) -> dict[str, object]:
    return {
        "model": "gen4_turbo",
        "promptImage": "https://example.com/first.png",
        "promptText": new_text(),
        "ratio": "1280:720",
        "duration": 5,
        **changes,
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"model": NaN}',
        b'{"model": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b'{"seed": 1' + b"0" * 5000 + b"}",
    ],
    ids=["nothing", "half", "list", "null", "text", "nan", "utf-8", "brackets", "deep", "huge number"],
)
def test_a_body_that_is_no_request_is_400(wire: httpx.Client, books: Books, content: bytes) -> None:
    answer = wire.post(PATH, content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)
    assert answer.headers["content-type"] == "application/json"
    assert books.settled() == Bill(creates=0, charged=0)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate, gzip", "GZIP", ""])
def test_an_encoded_body_is_400(wire: httpx.Client, books: Books, encoding: str) -> None:
    answer = wire.post(PATH, content=gzip.compress(b"{}" * 1000), headers={"Content-Encoding": encoding})

    assert answer.status_code == 400
    assert books.settled() == Bill(creates=0, charged=0)


def test_a_file_in_place_of_an_upload_is_413(wire: httpx.Client) -> None:
    answer = wire.post("/v1/uploads", content=b"[" + b" " * BODY_BYTES_MAX)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_missing_version_is_400(wire: httpx.Client) -> None:
    del wire.headers["X-Runway-Version"]

    answer = wire.post(PATH, json=body())

    assert answer.status_code == 400
    assert "X-Runway-Version" in answer.json()["error"]


def test_a_missing_key_is_401(wire: httpx.Client) -> None:
    del wire.headers["Authorization"]

    answer = wire.post(PATH, json=body())

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("id", ["0", "..%2forganization", "x" * 36, "%F0%9F%8E%AC", "a" * 5000])
def test_an_id_that_is_none_is_404(wire: httpx.Client, id: str) -> None:
    assert wire.get(f"/v1/tasks/{id}").status_code == 404


def test_a_request_from_a_gateway_is_refused(wire: httpx.Client, books: Books) -> None:
    answer = wire.post(PATH, json=body(), headers={"X-Gateway-Hop": "1"})

    assert answer.status_code == 400
    assert books.settled() == Bill(creates=0, charged=0)


def test_a_clients_own_request_id_is_taken(wire: httpx.Client) -> None:
    answer = wire.get("/v1/organization", headers={"X-Request-Id": "my-own-id-1"})

    assert answer.headers["x-request-id"] == "my-own-id-1"


@pytest.mark.parametrize("sent", ["with spaces", "x" * 65, 'quote"', "new\tline"])
def test_a_request_id_that_could_forge_a_log_is_replaced(wire: httpx.Client, sent: str) -> None:
    answer = wire.get("/v1/organization", headers={"X-Request-Id": sent})

    assert UUID.fullmatch(answer.headers["x-request-id"])


def test_refusals_carry_a_request_id_too(wire: httpx.Client) -> None:
    answer = wire.post(PATH, content=b"{")

    assert UUID.fullmatch(answer.headers["x-request-id"])


def test_a_header_that_is_not_for_runway_does_not_pass(wire: httpx.Client, mock: Mock, books: Books) -> None:
    answer = wire.post(PATH, json=body(), headers={"X-Mock-Fault": "refuse:418"})

    assert answer.status_code == 200
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_the_metrics_are_not_on_the_port_of_the_teams(wire: httpx.Client) -> None:
    assert wire.get("/metrics").status_code == 404


@pytest.mark.parametrize("path", ["/admin/v1/teams", "/admin/v1/usage", "/admin/v1/tasks"])
def test_a_team_key_opens_no_administration(wire: httpx.Client, path: str) -> None:
    assert wire.get(path).status_code in {401, 403}


def test_an_admin_key_pays_for_nothing(gateway: Gateway, books: Books) -> None:
    answer = gateway.admin.post(PATH, json=body(), headers={"X-Runway-Version": "2024-11-06"})

    assert answer.status_code == 403
    assert books.settled() == Bill(creates=0, charged=0)

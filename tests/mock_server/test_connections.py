"""Faults of the connection, over a real one: what a client of HTTP sees of them."""

from collections.abc import Iterator

import httpx
import pytest

from tests.mock_server.driver import CLIP, headers
from tests.mock_server.program import running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running("--clock", "frozen", "--seed", "5") as url:
        yield url


@pytest.mark.parametrize(("stage", "creates"), [("before", 0), ("during", 0), ("after", 1)])
def test_a_reset_is_an_error_of_the_clients_system(url: str, stage: str, creates: int) -> None:
    key = f"key_unlimited-reset-{stage}"

    with pytest.raises(httpx.ReadError) as failed:
        _create(url, key, f"reset:{stage}")

    assert isinstance(_root(failed.value), ConnectionResetError)
    assert _creates(url, key) == creates


def test_a_request_that_was_reset_halfway_counts_when_its_time_has_come(url: str) -> None:
    key = "key_unlimited-late"
    with pytest.raises(httpx.ReadError):
        _create(url, key, "reset:during")

    httpx.post(f"{url}/_mock/clock?tenant={key}", json={"advance": 5})

    assert _creates(url, key) == 1


def test_a_lost_answer_ends_the_connection_in_good_order_without_a_byte(url: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        _create(url, "key_unlimited-lost", "lose-answer")

    assert _creates(url, "key_unlimited-lost") == 1


def test_a_cut_answer_has_its_headers_and_half_of_its_body(url: str) -> None:
    sent = headers("key_unlimited-cut") | {"x-mock-fault": "cut:0.5"}

    with httpx.stream("POST", f"{url}/v1/image_to_video", json=CLIP, headers=sent) as answer:
        promised = int(answer.headers["content-length"])
        with pytest.raises(httpx.RemoteProtocolError, match=f"received {promised // 2} bytes"):
            answer.read()

    assert answer.status_code == 200


def test_a_dripping_answer_arrives_whole(url: str) -> None:
    answer = _create(url, "key_unlimited-drip", "slow-body:0.1")

    assert answer.json()["estimatedCost"] == {"credits": 25}


def test_a_malformed_answer_arrives_whole_and_the_connection_goes_on(url: str) -> None:
    with httpx.Client(base_url=url, headers=headers("key_unlimited-malformed")) as client:
        first = client.post("/v1/image_to_video", json=CLIP, headers={"x-mock-fault": "malformed"})
        second = client.post("/v1/image_to_video", json=CLIP)

    assert (first.status_code, second.status_code) == (200, 200)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        first.json()
    assert "id" in second.json()


def test_reads_can_be_reset_too(url: str) -> None:
    sent = headers("key_unlimited-read") | {"x-mock-fault": "reset"}

    with pytest.raises(httpx.ReadError):
        httpx.get(f"{url}/v1/organization", headers=sent)


def _create(url: str, key: str, fault: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/image_to_video", json=CLIP, headers=headers(key) | {"x-mock-fault": fault})


def _creates(url: str, key: str) -> int:
    return int(httpx.get(f"{url}/_mock/audit?tenant={key}").json()["creates"])


def _root(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error

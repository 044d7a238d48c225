"""The program itself, over TCP, with the official SDK."""

from collections.abc import Iterator

import httpx
import pytest
import runwayml

from tests.mock_server.driver import CLIP, headers
from tests.mock_server.program import running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running("--profile", "tests", "--seed", "5") as url:
        yield url


def test_the_program_says_where_it_listens(url: str) -> None:
    assert httpx.get(f"{url}/_mock/clock").json()["mode"] == "auto"


def test_the_official_sdk_creates_reads_uploads_and_deletes(url: str) -> None:
    with runwayml.RunwayML(api_key="key_of_the_sdk", base_url=url, max_retries=0) as client:
        upload = client.uploads.create_ephemeral(file=("first.png", b"x" * 600))
        task = client.image_to_video.create(model="gen4_turbo", prompt_image=upload.uri, ratio="1280:720")
        statuses = [client.tasks.retrieve(task.id).status for _ in range(3)]
        client.tasks.delete(task.id)
        with pytest.raises(runwayml.NotFoundError):
            client.tasks.retrieve(task.id)

    assert statuses == ["RUNNING", "RUNNING", "SUCCEEDED"]


def test_a_refusal_reaches_the_sdk_as_its_exception(url: str) -> None:
    with (
        runwayml.RunwayML(api_key="key_of_the_sdk", base_url=url, max_retries=0) as client,
        pytest.raises(runwayml.BadRequestError) as refused,
    ):
        client.image_to_video.create(
            model="gen4_turbo", prompt_image="https://example.com/a.png", ratio="1280:720", duration=60
        )

    assert refused.value.body is not None


def test_a_lost_answer_closes_the_connection_without_a_byte(url: str) -> None:
    sent = headers("key_of_the_unlucky") | {"x-mock-fault": "lose-answer"}

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{url}/v1/image_to_video", json=CLIP, headers=sent)

    assert httpx.get(f"{url}/_mock/audit?tenant=key_of_the_unlucky").json()["creates"] == 1

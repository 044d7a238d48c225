"""The fixtures, as the tests of others use them: this suite has the plugin installed like any other."""

import asyncio
import socket
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import runwayml
from runwayml.lib.polling import TaskTimeoutError

from mock_server.testing import RunwayClock, RunwayMock

CLIP: dict[str, Any] = {
    "model": "gen4_turbo",
    "prompt_image": "https://example.com/first.png",
    "ratio": "1280:720",
    "duration": 5,
}
SEEN: list[str] = []
"""The keys of the two tests below that must not meet."""


def test_the_sdk_waits_for_a_clip(runway_client: runwayml.RunwayML) -> None:
    task = runway_client.image_to_video.create(**CLIP).wait_for_task_output()

    assert task.status == "SUCCEEDED"


def test_a_client_made_elsewhere_finds_the_mock_by_itself(runway_mock: RunwayMock) -> None:
    with runwayml.RunwayML() as client:
        task = client.image_to_video.create(**CLIP).wait_for_task_output()

    assert [known["id"] for known in runway_mock.tasks()] == [task.id]


async def test_the_asynchronous_sdk_waits_for_many_clips_at_once(runway_mock: RunwayMock) -> None:
    async with runwayml.AsyncRunwayML() as client:
        created = await asyncio.gather(*(client.image_to_video.create(**CLIP) for _ in range(10)))
        tasks = await asyncio.gather(*(task.wait_for_task_output() for task in created))

    assert {task.status for task in tasks} == {"SUCCEEDED"}
    assert runway_mock.audit()["creates"] == 10


def test_many_threads_share_one_account(runway_mock: RunwayMock, runway_client: runwayml.RunwayML) -> None:
    def make(_number: int) -> str:
        return runway_client.image_to_video.create(**CLIP).wait_for_task_output().status

    with ThreadPoolExecutor(8) as threads:
        statuses = set(threads.map(make, range(16)))

    assert statuses == {"SUCCEEDED"}
    assert runway_mock.audit() == runway_mock.audit() | {"creates": 16, "balanced": True}


def test_an_output_and_an_upload_can_go_into_the_next_task(runway_client: runwayml.RunwayML) -> None:
    upload = runway_client.uploads.create_ephemeral(file=("first.png", b"x" * 600))
    image = runway_client.text_to_image.create(
        model="gen4_image_turbo",
        prompt_text="a cliff",
        ratio="1280:720",
        reference_images=[{"uri": upload.uri}],
    ).wait_for_task_output()
    assert image.status == "SUCCEEDED"

    clip = runway_client.image_to_video.create(**CLIP | {"prompt_image": image.output[0]})

    assert clip.wait_for_task_output().status == "SUCCEEDED"


def test_an_output_can_be_downloaded(runway_client: runwayml.RunwayML) -> None:
    pytest.importorskip("av")
    sound = runway_client.sound_effect.create(
        model="eleven_text_to_sound_v2", prompt_text="a foghorn", duration=1
    ).wait_for_task_output()
    assert sound.status == "SUCCEEDED"

    answer = httpx.get(sound.output[0])

    assert answer.headers["content-type"].startswith("audio/")
    assert len(answer.content) > 1000


def test_a_failure_reaches_whoever_waits(runway_mock: RunwayMock, runway_client: runwayml.RunwayML) -> None:
    runway_mock.arm("fail", code="SAFETY.INPUT.TEXT", times=1)

    with pytest.raises(runwayml.TaskFailedError) as failed:
        runway_client.image_to_video.create(**CLIP).wait_for_task_output()

    assert failed.value.task_details.status == "FAILED"
    assert failed.value.task_details.failure_code == "SAFETY.INPUT.TEXT"


def test_the_sdk_retries_without_waiting(runway_mock: RunwayMock, runway_client: runwayml.RunwayML) -> None:
    runway_mock.arm("refuse", status=503, retry_after=30, times=2)

    runway_client.image_to_video.create(**CLIP)

    assert [request["status"] for request in runway_mock.requests()] == [503, 503, 200]
    runway_mock.verify("image_to_video", retried=True, times=2)


def test_a_lost_answer_is_a_broken_connection(runway_mock: RunwayMock) -> None:
    runway_mock.arm("lose-answer")
    with runwayml.RunwayML(max_retries=0) as client, pytest.raises(runwayml.APIConnectionError):
        client.image_to_video.create(**CLIP)

    assert len(runway_mock.tasks()) == 1


def test_a_client_gives_up_when_its_time_is_over(runway_mock: RunwayMock) -> None:
    runway_mock.arm("slow", seconds=30, times=1)

    with runwayml.RunwayML(timeout=0.05, max_retries=0) as client, pytest.raises(runwayml.APITimeoutError):
        client.organization.retrieve()


async def test_an_asynchronous_client_gives_up_too(runway_mock: RunwayMock) -> None:
    runway_mock.arm("slow", seconds=30, times=1)

    async with runwayml.AsyncRunwayML(timeout=0.05, max_retries=0) as client:
        with pytest.raises(runwayml.APITimeoutError):
            await client.organization.retrieve()


def test_a_task_that_never_ends_runs_into_the_deadline_of_the_sdk(
    runway_mock: RunwayMock, runway_client: runwayml.RunwayML
) -> None:
    runway_mock.arm("stuck", progress=0.99)

    with pytest.raises(TaskTimeoutError):
        runway_client.image_to_video.create(**CLIP).wait_for_task_output(timeout=600)

    assert 80 <= runway_mock.tasks()[0]["polls"] <= 140  # 600 s in steps of 4.5 to 7.5 s


def test_a_test_can_move_the_clock_itself(
    runway_clock: RunwayClock, runway_client: runwayml.RunwayML
) -> None:
    runway_clock.freeze()
    task = runway_client.image_to_video.create(**CLIP)

    statuses = [runway_client.tasks.retrieve(task.id).status for _ in range(5)]
    runway_clock.advance(1)
    statuses.append(runway_client.tasks.retrieve(task.id).status)
    runway_clock.advance_until(task.id)
    statuses.append(runway_client.tasks.retrieve(task.id).status)

    assert statuses == ["PENDING"] * 5 + ["RUNNING", "SUCCEEDED"]


def test_the_wall_can_move_the_clock(runway_clock: RunwayClock, runway_client: runwayml.RunwayML) -> None:
    runway_clock.follow_wall(speed=1000)

    task = runway_client.image_to_video.create(**CLIP).wait_for_task_output()

    assert task.status == "SUCCEEDED"


def test_waiting_for_what_never_comes_says_so(runway_mock: RunwayMock, runway_clock: RunwayClock) -> None:
    runway_mock.arm("stuck")
    with runway_mock.client() as client:
        task = client.image_to_video.create(**CLIP)

    with pytest.raises(AssertionError, match="will not become SUCCEEDED"):
        runway_clock.advance_until(task.id)


def test_a_wrong_number_of_calls_says_what_was_seen(
    runway_mock: RunwayMock, runway_client: runwayml.RunwayML
) -> None:
    runway_client.image_to_video.create(**CLIP)

    with pytest.raises(AssertionError, match=r"exactly 2 calls .*gen4_turbo.*; saw 1\."):
        runway_mock.verify("image_to_video", model="gen4_turbo", times=2)


def test_an_account_can_be_nearly_empty(runway_mock: RunwayMock, runway_client: runwayml.RunwayML) -> None:
    runway_mock.account(balance=30, tier="1")
    runway_client.image_to_video.create(**CLIP)

    with pytest.raises(runwayml.BadRequestError, match="enough credits"):
        runway_client.image_to_video.create(**CLIP)


def test_a_test_can_begin_again(runway_mock: RunwayMock, runway_client: runwayml.RunwayML) -> None:
    runway_mock.arm("refuse")
    runway_mock.clock.freeze()
    runway_mock.reset()

    task = runway_client.image_to_video.create(**CLIP).wait_for_task_output()

    assert task.status == "SUCCEEDED"
    assert len(runway_mock.requests("image_to_video")) == 1


def test_a_disarmed_fault_is_gone(runway_mock: RunwayMock, runway_client: runwayml.RunwayML) -> None:
    fault = runway_mock.arm("refuse", status=403)

    runway_mock.disarm(fault)

    assert runway_client.organization.retrieve().credit_balance > 0


@pytest.mark.parametrize("number", [1, 2])
def test_no_test_sees_another(runway_mock: RunwayMock, runway_client: runwayml.RunwayML, number: int) -> None:
    SEEN.append(runway_mock.key)
    before = (runway_mock.tasks(), runway_mock.requests())

    runway_mock.arm("slow", seconds=0)
    runway_mock.account(balance=number)
    runway_client.organization.retrieve()

    assert before == ([], [])
    assert len(set(SEEN)) == len(SEEN)


REAL = "https://api.dev.runwayml.com"


def _ask_by_urllib() -> object:
    return urllib.request.urlopen(f"{REAL}/v1/organization")  # noqa: S310 (it is https)


def _ask_by_the_sdk() -> object:
    return runwayml.RunwayML(base_url=REAL).organization.retrieve()


@pytest.mark.parametrize(
    "call",
    [
        lambda: httpx.get(f"{REAL}/v1/organization"),
        _ask_by_the_sdk,
        _ask_by_urllib,
        lambda: socket.create_connection(("api.dev.runwayml.com", 443)),
        lambda: socket.getaddrinfo(b"runwayml.com", 443),
    ],
)
def test_nobody_reaches_the_real_host(runway_mock: RunwayMock, call: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"called the real (api\.dev\.)?runwayml\.com"):
        call()

    assert runway_mock.requests() == []


def test_the_client_of_the_test_reaches_no_real_host_either(runway_mock: RunwayMock) -> None:
    with runway_mock.client(base_url=REAL) as client, pytest.raises(pytest.fail.Exception):
        client.organization.retrieve()


async def test_nobody_reaches_the_real_host_asynchronously(runway_mock: RunwayMock) -> None:
    async with runwayml.AsyncRunwayML(base_url=REAL) as client:
        with pytest.raises(pytest.fail.Exception):
            await client.organization.retrieve()

    assert runway_mock.requests() == []


def test_other_programs_are_told_to_use_a_port(runway_mock: RunwayMock) -> None:
    with pytest.raises(pytest.fail.Exception, match="--runway-mock=subprocess"):
        urllib.request.urlopen(f"{runway_mock.url}/v1/organization")  # noqa: S310 (it is https)


def test_other_hosts_are_left_alone(runway_mock: RunwayMock) -> None:
    del runway_mock

    assert socket.getaddrinfo("127.0.0.1", 80)

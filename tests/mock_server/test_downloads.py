"""Output files: parts, types, flaws, faults, and many at once."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from mock_server.outputs import Outgoing
from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import CLIP, FROZEN, Driver, headers
from tests.mock_server.program import running

DOWNLOADS = 100
FILES = 10
POLLS = 50
IMAGE = {"model": "gen4_image", "promptText": "a lighthouse", "ratio": "720:720", "seed": 1}


def test_a_file_can_be_read_in_parts(mock: Driver) -> None:
    url = _output(mock)
    whole = mock.ask("GET", url)

    parts = [mock.ask("GET", url, headers={"Range": span}) for span in ("bytes=0-99", "bytes=100-")]

    assert [part.status_code for part in parts] == [206, 206]
    assert b"".join(part.content for part in parts) == whole.content
    assert {answer.headers["etag"] for answer in (whole, *parts)} == {whole.headers["etag"]}


def test_head_tells_size_type_and_tag_without_the_file(mock: Driver) -> None:
    url = _output(mock)
    whole = mock.ask("GET", url)

    head = mock.ask("HEAD", url)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("operation", "body", "media_type"),
    [
        ("text_to_image", {"model": "gen4_image", "ratio": "720:720"}, "image/png"),
        (
            "text_to_image",
            {"model": "seedream5_pro", "ratio": "1024:1024", "outputFormat": "jpeg"},
            "image/jpeg",
        ),
        ("text_to_image", {"model": "recraft_v4_1_flash", "ratio": "1024:1024"}, "image/webp"),
        ("text_to_image", {"model": "recraft_v4_1_vector"}, "image/svg+xml"),
        ("text_to_video", {"model": "gen4.5", "ratio": "1280:720", "duration": 2}, "video/mp4"),
        ("sound_effect", {"model": "mirelo_sfx_2_0", "duration": 1, "format": "flac"}, "audio/flac"),
    ],
)
def test_a_file_has_the_type_that_its_content_has(
    mock: Driver, operation: str, body: dict[str, object], media_type: str
) -> None:
    url = _output(mock, operation, body | {"promptText": "a lighthouse"})

    assert mock.ask("HEAD", url).headers["content-type"] == media_type


def test_a_dead_output_is_a_404_although_its_task_succeeded(mock: Driver) -> None:
    answer = mock.ask("GET", _spoiled(mock, "dead"))

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (404, "fault")


def test_an_expired_output_answers_as_a_cdn_does(mock: Driver) -> None:
    answer = mock.ask("GET", _spoiled(mock, "expired"))

    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/xml")
    assert b"AccessDenied" in answer.content


def test_a_corrupt_output_has_the_right_size_and_the_wrong_bytes(mock: Driver) -> None:
    sound = mock.ask("GET", _output(mock))

    corrupt = mock.ask("GET", _spoiled(mock, "corrupt"))

    assert (corrupt.status_code, corrupt.headers["content-type"]) == (200, "image/png")
    assert not corrupt.content.startswith(b"\x89PNG")
    assert corrupt.headers["etag"] != sound.headers["etag"]


def test_an_empty_output_has_no_bytes(mock: Driver) -> None:
    answer = mock.ask("GET", _spoiled(mock, "empty"))

    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"", "image/png")


def test_an_output_of_a_wrong_type_is_a_page(mock: Driver) -> None:
    answer = mock.ask("GET", _spoiled(mock, "wrong-type"))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_fault_reaches_downloads_only_when_it_names_them(mock: Driver) -> None:
    url = _output(mock)
    mock.arm(fault="refuse", status=500)
    untouched = mock.ask("GET", url)

    mock.arm(fault="refuse", status=503, operation="download", times=1)
    refused = mock.ask("GET", url)

    assert (untouched.status_code, refused.status_code) == (200, 503)
    assert mock.ask("GET", url).status_code == 200


def test_a_header_can_ask_for_a_fault_of_a_download(mock: Driver) -> None:
    url = _output(mock)

    with pytest.raises(ConnectionResetError):
        mock.ask("GET", url, headers={"x-mock-fault": "cut:0.5"})

    assert mock.ask("GET", url, headers={"x-mock-fault": "nonsense"}).status_code == 400
    assert mock.app.world.outgoing.bytes_held == 0


def test_nothing_is_held_after_a_download(mock: Driver) -> None:
    for options in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}):
        mock.ask("GET", _output(mock), headers=options)

    assert mock.app.world.outgoing.bytes_held == 0


def test_more_bytes_than_may_be_on_their_way_are_refused_with_a_time_to_come_back(mock: Driver) -> None:
    first, second = _output(mock), _output(mock, body=IMAGE | {"seed": 2})
    mock.app.world.outgoing.take("a film", mock.app.world.settings.bounds.output_bytes_sending)

    refused = mock.ask("GET", first)
    mock.app.world.outgoing.release("a film", mock.app.world.settings.bounds.output_bytes_sending)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.headers["x-mock-reason"] == "limitation"
    assert mock.ask("GET", second).status_code == 200


def test_a_file_that_many_take_counts_once() -> None:
    outgoing = Outgoing(100)

    taken = [outgoing.take("a", 60), outgoing.take("a", 60), outgoing.take("b", 60), outgoing.take("c", 40)]
    outgoing.release("a", 60)
    outgoing.release("a", 60)

    assert taken == [True, True, False, True]
    assert outgoing.take("b", 60)


def test_a_full_queue_of_renders_is_a_503_with_a_time_to_come_back() -> None:
    with Driver(Settings(clock=FROZEN.clock, bounds=Bounds(outputs_waiting=0))) as mock:
        answer = mock.ask("GET", _output(mock))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running("--clock", "frozen", "--tier", "unlimited", "--seed", "5") as url:
        yield url


async def test_a_hundred_downloads_at_once_leave_the_polls_answered(url: str) -> None:
    limits = httpx.Limits(max_connections=DOWNLOADS + 1)
    async with httpx.AsyncClient(base_url=url, headers=headers(), limits=limits, timeout=100) as client:
        tasks = [await _create(client, seed) for seed in range(FILES)]
        await client.post("/_mock/clock", json={"advance": 100})
        outputs = [(await client.get(f"/v1/tasks/{task}")).json()["output"][0] for task in tasks]

        downloads = [asyncio.create_task(client.get(outputs[n % FILES])) for n in range(DOWNLOADS)]
        polls = [(await client.get(f"/v1/tasks/{tasks[0]}")).status_code for _ in range(POLLS)]
        unfinished = [download for download in downloads if not download.done()]
        answers = await asyncio.gather(*downloads)

    assert Counter(polls) == {200: POLLS}
    assert unfinished, "the polls had to wait for the downloads"
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == FILES


async def test_downloads_that_nobody_reads_hold_no_one_up(url: str) -> None:
    limits = httpx.Limits(max_connections=DOWNLOADS + 1)
    async with httpx.AsyncClient(base_url=url, headers=headers(), limits=limits, timeout=100) as client:
        task = await _create(client, 1)
        await client.post("/_mock/clock", json={"advance": 100})
        [output] = (await client.get(f"/v1/tasks/{task}")).json()["output"]

        request = client.build_request("GET", output)
        opened = [await client.send(request, stream=True) for _ in range(DOWNLOADS)]
        polls = [(await client.get(f"/v1/tasks/{task}")).status_code for _ in range(POLLS)]
        for download in opened:
            await download.aclose()

    assert Counter(polls) == {200: POLLS}
    assert {download.status_code for download in opened} == {200}


async def _create(client: httpx.AsyncClient, seed: int) -> str:
    answer = await client.post("/v1/image_to_video", json=CLIP | {"seed": seed, "duration": 2})
    return str(answer.json()["id"])


def _output(mock: Driver, operation: str = "text_to_image", body: dict[str, object] = IMAGE) -> str:
    task = mock.post(f"/v1/{operation}", body).json()["id"]
    mock.advance_until(task)
    [url] = mock.task(task)["output"]
    return str(url)


def _spoiled(mock: Driver, flaw: str) -> str:
    return _output(mock, body=IMAGE | {"promptText": f"[[spoil-output:{flaw}]]"})

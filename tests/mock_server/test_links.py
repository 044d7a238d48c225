import base64
import io
import json

import httpx
import pytest

from mock_server.settings import Settings
from tests.mock_server.driver import Driver

SOUND = {
    "model": "eleven_v3",
    "promptText": "hello",
    "voice": {"type": "runway-preset", "presetId": "Maya"},
    "seed": 3,
}
DAY = 24 * 3600


def test_the_address_of_an_output_looks_like_that_of_runway(mock: Driver) -> None:
    task = mock.create()
    mock.advance_until(task)

    [url] = mock.task(task)["output"]

    address = httpx.URL(url)
    assert address.path == f"/gen4_turbo/{task}/output-0.mp4"
    assert _claims(address).keys() == {"keyHash", "bucket", "stage", "exp"}


def test_an_output_is_served_to_whoever_has_its_address(mock: Driver) -> None:
    url = _finished(mock)

    answer = mock.ask("GET", url, headers={"Authorization": ""})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert len(answer.content) > 1000


def test_the_same_request_and_seed_give_the_same_bytes(mock: Driver) -> None:
    first, second = _finished(mock), _finished(mock)

    assert first != second
    assert mock.ask("GET", first).content == mock.ask("GET", second).content


def test_another_seed_gives_other_bytes(mock: Driver) -> None:
    first, second = _finished(mock), _finished(mock, seed=4)

    assert mock.ask("GET", first).content != mock.ask("GET", second).content


def test_an_unchanged_output_is_not_sent_again(mock: Driver) -> None:
    url = _finished(mock)
    tag = mock.ask("GET", url).headers["etag"]

    answer = mock.ask("GET", url, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("hours", [0, 1, 13, 23.5])
def test_an_address_expires_after_24_to_48_hours(hours: float) -> None:
    with Driver() as mock:
        mock.advance(hours * 3600)
        url = _finished(mock)
        created = mock.app.world.clock.now() / 1000

        life = _claims(httpx.URL(url))["exp"] - created

    assert DAY < life <= 2 * DAY


def test_an_expired_address_opens_nothing_until_the_task_is_read_again(mock: Driver) -> None:
    task = mock.create()
    mock.advance_until(task)
    [old] = mock.task(task)["output"]

    mock.advance(2 * DAY)
    [new] = mock.task(task)["output"]

    assert mock.ask("GET", old).status_code == 403
    assert mock.ask("HEAD", new).status_code == 200


@pytest.mark.parametrize("token", ["", "a.b.c", "...", "\u00e9", None])
def test_a_forged_address_opens_nothing(mock: Driver, token: str | None) -> None:
    url = httpx.URL(_finished(mock))
    other = httpx.URL(_finished(mock))
    forged = other.params["_jwt"] if token is None else token

    answer = mock.ask("GET", str(url.copy_set_param("_jwt", forged)))

    assert answer.status_code == 403


def test_the_output_of_a_deleted_task_is_gone(mock: Driver) -> None:
    task = mock.create()
    mock.advance_until(task)
    [url] = mock.task(task)["output"]

    mock.ask("DELETE", f"/v1/tasks/{task}")

    assert mock.ask("GET", url).status_code == 404


def test_addresses_start_with_the_public_url_if_there_is_one() -> None:
    with Driver(Settings(public_url="https://cdn.example.org")) as mock:
        task = mock.create()
        mock.advance_until(task)

        [url] = mock.task(task)["output"]

    assert url.startswith("https://cdn.example.org/gen4_turbo/")


def test_several_outputs_have_several_addresses(mock: Driver) -> None:
    body = {"model": "seedream5_pro", "promptText": "a lighthouse", "ratio": "1024:1024", "outputCount": 3}
    task = mock.post("/v1/text_to_image", body).json()["id"]
    mock.advance_until(task)

    urls = mock.task(task)["output"]

    assert len({httpx.URL(url).path for url in urls}) == 3


def test_an_output_is_a_file_that_a_player_opens(mock: Driver) -> None:
    av = pytest.importorskip("av")
    url = _finished(mock)

    with av.open(io.BytesIO(mock.ask("GET", url).content)) as container:
        kinds = [stream.type for stream in container.streams]

    assert kinds == ["audio"]


def _finished(mock: Driver, **changes: object) -> str:
    task = mock.post("/v1/text_to_speech", SOUND | changes).json()["id"]
    mock.advance_until(task)
    [url] = mock.task(task)["output"]
    return str(url)


def _claims(url: httpx.URL) -> dict[str, int]:
    payload = url.params["_jwt"].split(".")[1]
    claims: dict[str, int] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims

import json
import socket

import pytest

from gateway.ports.upstream import Gone, NotStarted, PerhapsStarted, Started
from gateway.rules.ids import UpstreamId
from gateway.upstream.connection import ANSWER_BYTES_MAX
from gateway.upstream.runway import Runway
from tests.gateway.upstream.conftest import KEY, Connects
from tests.gateway.upstream.wire import Wire, reply

ID = UpstreamId("17f20503-6c24-4c16-946b-35dbbce2af2f")
CREATE = "/v1/image_to_video"
BODY = b'{"model":"gen4_turbo","promptText":"canary-prompt"}'
STARTED = json.dumps({"id": ID, "estimatedCost": {"credits": 25}}).encode()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# --- what a create's answer means ---


async def test_a_create_that_runway_accepts_is_started(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, STARTED)

    answer = await runway.create(CREATE, BODY, {})

    assert answer == Started(ID, 25_000, STARTED)  # type: ignore[arg-type]


async def test_the_estimate_of_a_routed_generation_stands_under_routing(wire: Wire, runway: Runway) -> None:
    body = {"id": ID, "routing": {"model": "gen4.5", "estimatedCost": {"credits": 12.5}}}
    wire.answer = reply(200, json.dumps(body).encode())

    answer = await runway.create("/v1/generate/video", BODY, {})

    assert isinstance(answer, Started)
    assert answer.estimate == 12_500


async def test_a_create_without_an_estimate_is_started(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, json.dumps({"id": ID}).encode())

    answer = await runway.create("/v1/avatar_videos", BODY, {})

    assert isinstance(answer, Started)
    assert answer.estimate is None


@pytest.mark.parametrize("status", [408, 409, 418, 499])
async def test_what_runway_does_not_answer_itself_may_have_started_something(
    wire: Wire, runway: Runway, status: int
) -> None:
    wire.answer = reply(status, b'{"error":"no"}')

    assert isinstance(await runway.create(CREATE, BODY, {}), PerhapsStarted)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_create_that_runway_refuses_started_nothing(wire: Wire, runway: Runway, status: int) -> None:
    wire.answer = reply(status, b'{"error":"no"}')

    answer = await runway.create(CREATE, BODY, {})

    assert answer == NotStarted(status, b'{"error":"no"}', again=False)


async def test_a_create_above_the_daily_cap_may_be_accepted_later(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(429, b'{"error":"Your daily task limit has been reached."}')

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, NotStarted)
    assert answer.again


async def test_runways_own_503_started_nothing(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(503, b'{"error":"busy"}')

    answer = await runway.create(CREATE, BODY, {})

    assert answer == NotStarted(503, b'{"error":"busy"}', again=True)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":{}}', b"[]", b'{"message":"busy"}'])
async def test_a_503_of_something_in_front_of_runway_may_have_started_it(
    wire: Wire, runway: Runway, body: bytes
) -> None:
    wire.answer = reply(503, body)

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


@pytest.mark.parametrize("status", [500, 502, 504, 520])
async def test_any_other_server_error_may_have_started_it(wire: Wire, runway: Runway, status: int) -> None:
    wire.answer = reply(status, b'{"error":"oops"}')

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"id":7}', b'{"id":""}', b'{"id":"../organization"}', b"[" * 5000]
)
async def test_a_success_that_cannot_be_read_may_have_started_it(
    wire: Wire, runway: Runway, body: bytes
) -> None:
    wire.answer = reply(200, body)

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


async def test_a_huge_success_may_have_started_it(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, b" " * ANSWER_BYTES_MAX + STARTED)

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


async def test_a_redirect_is_not_followed_and_may_have_started_it(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(307, b"", f"Location: {wire.url}/v1/elsewhere")

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)
    assert len(wire.asked) == 1


async def test_a_create_that_reaches_nobody_started_nothing(runway_at: Connects) -> None:
    runway = runway_at(f"http://127.0.0.1:{free_port()}")

    answer = await runway.create(CREATE, BODY, {})

    assert answer == NotStarted(None, None, again=True)


async def test_a_disconnect_after_the_request_was_read_may_have_started_it(
    wire: Wire, runway: Runway
) -> None:
    answer = await runway.create(CREATE, BODY, {})

    assert answer == PerhapsStarted("ServerDisconnectedError")
    assert [asked.body for asked in wire.asked] == [BODY]


async def test_an_answer_that_breaks_off_may_have_started_it(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, STARTED)[:-5]
    wire.reads_body = False

    answer = await runway.create(CREATE, b"", {})

    assert isinstance(answer, PerhapsStarted)


async def test_an_answer_that_is_not_http_may_have_started_it(wire: Wire, runway: Runway) -> None:
    wire.answer = b"SSH-2.0-OpenSSH\r\n\r\n"

    answer = await runway.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


async def test_a_create_that_waits_too_long_may_have_started_it(wire: Wire, impatient: Runway) -> None:
    wire.waits = True

    answer = await impatient.create(CREATE, BODY, {})

    assert answer == PerhapsStarted("TimeoutError")


async def test_a_success_whose_body_comes_too_late_may_have_started_it(wire: Wire, impatient: Runway) -> None:
    wire.answer = reply(200, STARTED)[:-5]
    wire.waits_after = True

    answer = await impatient.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


async def test_a_refusal_that_cannot_be_read_may_have_started_something(
    wire: Wire, impatient: Runway
) -> None:
    wire.answer = reply(400, b'{"error":"no"}')[:-5]
    wire.waits_after = True

    answer = await impatient.create(CREATE, BODY, {})

    assert isinstance(answer, PerhapsStarted)


async def test_a_refusal_before_the_body_was_read_started_nothing(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(413, b'{"error":"too large"}')
    wire.reads_body = False
    wire.waits_after = True

    answer = await runway.create(CREATE, b" " * 8_000_000, {})

    assert answer == NotStarted(413, b'{"error":"too large"}', again=False)


# --- what is sent ---


async def test_a_create_carries_the_key_the_version_and_the_gateways_mark(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, STARTED)

    await runway.create(CREATE, BODY, {})

    [asked] = wire.asked
    assert asked.line == "POST /v1/image_to_video HTTP/1.1"
    assert asked.body == BODY
    sent = {name: asked.headers[name] for name in asked.headers if name not in {"host", "content-length"}}
    assert sent == {
        "authorization": f"Bearer {KEY}",
        "x-runway-version": "2024-11-06",
        "user-agent": "runway-gateway",
        "x-gateway-hop": "1",
        "accept": "application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "connection": "close",
    }


async def test_of_a_callers_headers_only_runways_own_pass(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, STARTED)
    headers = {
        "X-Runway-On-Behalf-Of": "someone",
        "x-runway-version": "1999-01-01",
        "Authorization": "Bearer virtual",
        "Cookie": "a=b",
        "X-Runway-Odd": "line\r\nbreak",
    }

    await runway.create(CREATE, BODY, headers)

    [asked] = wire.asked
    assert asked.headers["x-runway-on-behalf-of"] == "someone"
    assert asked.headers["x-runway-version"] == "2024-11-06"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert not {"cookie", "x-runway-odd"} & asked.headers.keys()


async def test_a_path_in_the_base_url_is_kept(wire: Wire, runway_at: Connects) -> None:
    wire.answer = reply(200, STARTED)
    runway = runway_at(f"{wire.url}/proxied/")

    await runway.create(CREATE, BODY, {})

    assert wire.asked[0].line == "POST /proxied/v1/image_to_video HTTP/1.1"


async def test_every_create_has_a_connection_of_its_own(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, STARTED)

    await runway.create(CREATE, BODY, {})
    await runway.create(CREATE, BODY, {})

    assert wire.connections == 2


async def test_reads_share_a_connection(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(404)

    await runway.read(ID)
    await runway.read(ID)

    assert wire.connections == 1


async def test_cookies_are_not_kept(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(404, b"", "Set-Cookie: a=b; Path=/")

    await runway.read(ID)
    await runway.read(ID)

    assert "cookie" not in wire.asked[1].headers


async def test_a_proxy_of_the_environment_is_not_used(
    wire: Wire, runway_at: Connects, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answer = reply(404)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")

    answer = await runway_at(wire.url).read(ID)

    assert answer == Gone()

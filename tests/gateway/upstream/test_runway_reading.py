import asyncio
import json
import logging
import socket

import pytest

from gateway.ports.upstream import Answer, Gone, Unreadable
from gateway.rules.events import UpstreamCalled
from gateway.rules.generation import Status
from gateway.rules.ids import UpstreamId
from gateway.rules.settlement import Observation
from gateway.upstream.connection import ANSWER_BYTES_MAX
from gateway.upstream.runway import Runway
from tests.gateway.upstream.conftest import Told
from tests.gateway.upstream.wire import Wire, reply

ID = UpstreamId("17f20503-6c24-4c16-946b-35dbbce2af2f")
CREATE = "/v1/image_to_video"
BODY = b'{"model":"gen4_turbo","promptText":"canary-prompt"}'
STARTED = json.dumps({"id": ID, "estimatedCost": {"credits": 25}}).encode()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# --- reading ---


async def test_a_running_task_is_observed_with_its_progress(wire: Wire, runway: Runway) -> None:
    body = {"id": ID, "status": "RUNNING", "progress": 0.4375, "estimatedCost": {"credits": 25}}
    wire.answer = reply(200, json.dumps(body).encode())

    seen = await runway.read(ID)

    assert seen == Observation(Status.RUNNING, progress=0.4375, estimate=25_000)  # type: ignore[arg-type]
    assert wire.asked[0].line == f"GET /v1/tasks/{ID} HTTP/1.1"


async def test_a_task_that_is_unknown_upstream_is_gone(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(404, b'{"error":"Could not find Task"}')

    assert await runway.read(ID) == Gone()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b'{"status":"DREAMING"}'), (200, b"{}"), (200, b"oops"), (401, b"{}"), (500, b"{}"), (302, b"")],
)
async def test_any_other_answer_about_a_task_is_unreadable(
    wire: Wire, runway: Runway, status: int, body: bytes
) -> None:
    wire.answer = reply(status, body)

    assert await runway.read(ID) == Unreadable(status)


async def test_a_huge_task_is_unreadable(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, b" " * ANSWER_BYTES_MAX + b'{"status":"RUNNING"}')

    assert await runway.read(ID) == Unreadable(200)


async def test_a_task_that_is_not_answered_in_time_is_unreadable(wire: Wire, impatient: Runway) -> None:
    wire.waits = True

    assert await impatient.read(ID) == Unreadable(None, late=True)


# --- deleting ---


@pytest.mark.parametrize("status", [204, 404])
async def test_a_delete_is_done_when_runway_has_the_task_no_more(
    wire: Wire, runway: Runway, status: int
) -> None:
    wire.answer = reply(status)

    assert await runway.delete(ID)
    assert wire.asked[0].line == f"DELETE /v1/tasks/{ID} HTTP/1.1"


@pytest.mark.parametrize("status", [200, 302, 401, 429, 500])
async def test_any_other_answer_to_a_delete_is_no_confirmation(
    wire: Wire, runway: Runway, status: int
) -> None:
    wire.answer = reply(status)

    assert not await runway.delete(ID)


async def test_a_delete_that_is_not_answered_is_no_confirmation(wire: Wire, impatient: Runway) -> None:
    wire.waits = True

    assert not await impatient.delete(ID)


# --- passing on ---


async def test_an_answer_is_passed_on_with_few_headers(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(
        200, b'{"data":[]}', "Content-Type: application/json", "apigw-requestid: 7", "Set-Cookie: a=b"
    )

    answer = await runway.forward("GET", "/v1/voices", query="limit=5&cursor=a%26b é", body=None, headers={})

    passed = {"content-type": "application/json", "apigw-requestid": "7"}
    assert answer == Answer(200, passed, b'{"data":[]}')
    assert wire.asked[0].line == "GET /v1/voices?limit=5&cursor=a%26b%20%C3%A9 HTTP/1.1"


async def test_a_body_is_passed_on_as_json(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(429, b'{"error":"slow down"}', "Retry-After: 3")

    answer = await runway.forward("POST", "/v1/uploads", query="", body=b'{"filename":"a.mp4"}', headers={})

    assert answer == Answer(429, {"retry-after": "3"}, b'{"error":"slow down"}')
    assert wire.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 401, 500, 503])
async def test_what_is_between_runway_and_the_gateway_is_not_passed_on(
    wire: Wire, runway: Runway, status: int
) -> None:
    wire.answer = reply(status, b"{}", "Location: https://elsewhere.example")

    answer = await runway.forward("GET", "/v1/voices", query="", body=None, headers={})

    assert answer == Unreadable(status)


async def test_a_huge_answer_is_not_passed_on(wire: Wire, runway: Runway) -> None:
    wire.answer = reply(200, b" " * (ANSWER_BYTES_MAX + 1))

    answer = await runway.forward("GET", "/v1/voices", query="", body=None, headers={})

    assert answer == Unreadable(200)


@pytest.mark.parametrize(
    "path", ["/v1/tasks/../organization", "/v1/a//b", "/v1/%2e%2e", "//evil.example/v1/a"]
)
async def test_a_path_that_leads_elsewhere_is_a_bug(runway: Runway, path: str) -> None:
    with pytest.raises(AssertionError):
        await runway.forward("GET", path, query="", body=None, headers={})


# --- the tier's limits ---


async def test_the_tiers_concurrency_is_read_by_model(wire: Wire, runway: Runway) -> None:
    models = {
        "gen4.5": {"maxConcurrentGenerations": 5, "maxDailyGenerations": 50},
        "veo3.1": {"maxConcurrentGenerations": None},
        "odd": {"maxConcurrentGenerations": "many"},
        "odder": 7,
    }
    wire.answer = reply(200, json.dumps({"tier": {"models": models}}).encode())

    assert await runway.concurrency() == {"gen4.5": 5, "veo3.1": None}


@pytest.mark.parametrize(("status", "body"), [(200, b"{}"), (200, b"oops"), (401, b"{}"), (500, b"{}")])
async def test_limits_that_cannot_be_read_are_not_known(
    wire: Wire, runway: Runway, status: int, body: bytes
) -> None:
    wire.answer = reply(status, body)

    assert await runway.concurrency() is None


# --- what is told ---


async def test_every_call_is_told_with_its_status_and_duration(
    wire: Wire, runway: Runway, told: Told
) -> None:
    wire.answer = reply(404)

    await runway.read(ID)

    assert told.events == [
        UpstreamCalled(call="read", operation=f"GET /v1/tasks/{ID}", status=404, seconds=0.25)
    ]


async def test_a_call_without_an_answer_is_told_without_a_status(
    wire: Wire, impatient: Runway, told: Told
) -> None:
    wire.waits = True

    await impatient.create(CREATE, BODY, {})

    assert [event.status for event in told.events if isinstance(event, UpstreamCalled)] == [None]


async def test_a_call_that_is_cancelled_is_told(wire: Wire, runway: Runway, told: Told) -> None:
    wire.waits = True
    call = asyncio.ensure_future(runway.create(CREATE, BODY, {}))
    await wire.has_read.wait()

    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    assert len(told.events) == 1


async def test_keys_queries_and_bodies_reach_no_log_and_no_answer(
    wire: Wire, impatient: Runway, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: list[object] = []

    for wire.answer, wire.waits in [(reply(200, b"canary"), False), (b"", False), (b"", True)]:
        answers.append(await impatient.create(CREATE, BODY, {"X-Runway-On-Behalf-Of": "canary-user"}))
        answers.append(
            await impatient.forward("GET", "/v1/voices", query="cursor=canary", body=None, headers={})
        )

    readable = [answer for answer in answers if not isinstance(answer, Answer)]
    assert "canary" not in f"{readable} {told.events}"
    assert "canary" not in caplog.text

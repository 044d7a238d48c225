import httpx
import pytest

from gateway.telemetry.listener import Message, metrics_app


async def rendered() -> bytes:
    return b"a_total 1.0\n"


async def ask(method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=metrics_app(rendered))
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as client:
        return await client.request(method, path)


async def test_metrics_are_answered_in_prometheus_text_format() -> None:
    answer = await ask("GET", "/metrics")

    assert (answer.status_code, answer.content) == (200, b"a_total 1.0\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/metrics/", "/v1/tasks/1", "/admin/v1/teams"])
async def test_nothing_else_is_there(path: str) -> None:
    answer = await ask("GET", path)

    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "HEAD"])
async def test_metrics_are_only_read(method: str) -> None:
    answer = await ask(method, "/metrics")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_the_listener_starts_and_ends_with_its_server() -> None:
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await metrics_app(rendered)({"type": "lifespan"}, receive, send)

    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]

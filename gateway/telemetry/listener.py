"""The metrics listener: GET /metrics and nothing else."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def metrics_app(render: Callable[[], Awaitable[bytes]]) -> Application:
    """Make an ASGI application that answers with what `render` writes."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] != "http":
            raise ValueError("the metrics listener speaks HTTP only")
        elif scope["path"] != "/metrics":
            await _answer(send, HTTPStatus.NOT_FOUND, b"Only /metrics is here.\n")
        elif scope["method"] != "GET":
            await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, b"Use GET.\n", allow="GET")
        else:
            await _answer(send, HTTPStatus.OK, await render(), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return app


async def _answer(
    send: Send, status: HTTPStatus, body: bytes, *, content_type: str = "text/plain", allow: str | None = None
) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    if allow is not None:
        headers.append((b"allow", allow.encode()))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return

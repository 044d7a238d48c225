"""What a poll is compared with: servers that only say the same bytes. A program of its own."""

import asyncio
import socket
import sys
from typing import cast

import uvloop
from litestar import Litestar, MediaType, Response, get

from gateway.web.exchange import App, Receive, Scope, Send
from gateway.worker import BACKLOG, server

HEADERS = [(b"content-type", b"application/json"), (b"x-request-id", b"0" * 36)]


def bare(body: bytes) -> App:
    """Answer everything with one body, with nothing in between."""
    headers = [*HEADERS, (b"content-length", str(len(body)).encode())]

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def litestar_route(body: bytes) -> App:
    """Answer a poll as a route of a framework does that checks nothing."""
    headers = {name.decode(): value.decode() for name, value in HEADERS}

    @get("/v1/tasks/{task:str}", media_type=MediaType.JSON)
    async def show(task: str) -> Response[bytes]:  # noqa: ARG001 - the framework reads it from the path
        return Response(body, headers=headers)

    return cast("App", Litestar([show], openapi_config=None, logging_config=None))


APPS = {"bare": bare, "litestar": litestar_route}


async def _serve(app: App) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await server(app).serve(sockets=[listener])


def main() -> None:
    kind, body = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(APPS[kind](body.encode())))


if __name__ == "__main__":
    main()

"""Runs the application under uvicorn."""

import asyncio
import logging
import struct
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET, socket

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.app import MockServer
from mock_server.asgi import PARTINGS_EXTENSION, Parting
from mock_server.exercised import Exercised, report

REQUESTS_AT_ONCE_MAX = 2_000
KEEP_ALIVE_SECONDS = 30
STOP_SECONDS = 1  # for answers under way; a fault may hold one back for minutes
LINGER_FOR_NOTHING = struct.pack("ii", 1, 0)


class AbortableProtocol(HttpToolsProtocol):
    """Lets the application end the connection before the answer, which ASGI has no word for."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        partings = {Parting.CLOSE: self.transport.close, Parting.RESET: self._reset}
        self.scope["extensions"] = {PARTINGS_EXTENSION: partings}  # type: ignore[dict-item]

    def _reset(self) -> None:
        """Without lingering, the system sends RST instead of FIN."""
        connection: socket = self.transport.get_extra_info("socket")
        connection.setsockopt(SOL_SOCKET, SO_LINGER, LINGER_FOR_NOTHING)
        self.transport.abort()


def serve(app: MockServer, *, host: str, port: int) -> None:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=AbortableProtocol,
        loop="uvloop",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        limit_concurrency=REQUESTS_AT_ONCE_MAX,
    )
    with suppress(KeyboardInterrupt):  # uvicorn raises it again when it has stopped
        asyncio.run(_Announced(config, app.world.exercised).serve())


class _Announced(uvicorn.Server):
    """Says on standard output where it listens, so that a starter can wait for that line.

    At the end it says what its clients never met.
    """

    def __init__(self, config: uvicorn.Config, exercised: Exercised) -> None:
        super().__init__(config)
        self._exercised = exercised

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                print(f"runway-mock listens on http://{host}:{port}", flush=True)  # noqa: T201 (the program's one line)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").setLevel(
            logging.CRITICAL
        )  # an answer that is cut off now is no error
        await super().shutdown(sockets)
        if told := report(self._exercised):
            with suppress(OSError):  # nobody reads any more
                print(told, flush=True)  # noqa: T201 (for the person at the terminal)

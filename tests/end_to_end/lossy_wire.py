"""A wire between clients and a gateway that loses answers: a create is carried out, but nobody is told."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from random import Random
from threading import Thread
from urllib.parse import urlsplit

LOSS_BY_ATTEMPT = (0.6, 0.4)
"""The chance that the answer to an SDK's first and second attempt is lost. The third arrives: after it they
give up."""
ATTEMPT = re.compile(rb"^x-stainless-retry-count: *(\d+)", re.IGNORECASE | re.MULTILINE)
PIECE = 65_536
SECONDS_MAX = 10.0


class LossyWire:
    """Passes everything on unchanged, but for answers to creates, which it loses as its dice say."""

    def __init__(self, upstream: str, dice: Random) -> None:
        self.url = ""
        self.lost = 0
        self._upstream = urlsplit(upstream)
        self._dice = dice
        self._connections: set[asyncio.Task[None]] = set()

    async def lie(self, laid: "Future[None]", removed: asyncio.Event) -> None:
        """Pass on until removed."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        laid.set_result(None)
        await removed.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def loses(self, request: bytes) -> bool:
        """Throw the dice for the answer to a request."""
        counted = ATTEMPT.search(request)
        attempt = int(counted[1]) if counted else 0
        if not request.startswith(b"POST ") or attempt >= len(LOSS_BY_ATTEMPT):
            return False
        is_lost = self._dice.random() < LOSS_BY_ATTEMPT[attempt]
        self.lost += is_lost
        return is_lost

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._pass_on(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on until either side ends the connection or an answer is lost; then break it on both."""
        host, port = self._upstream.hostname, self._upstream.port
        answers, requests = await asyncio.open_connection(host, port)
        connection = _Connection(self)
        directions = [
            asyncio.ensure_future(connection.pass_requests(reader, requests)),
            asyncio.ensure_future(connection.pass_answers(answers, writer)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
            requests.transport.abort()
            writer.transport.abort()


class _Connection:
    """One client's connection, on which the next request comes when the one before is answered."""

    def __init__(self, wire: LossyWire) -> None:
        self._wire = wire
        self._request = b""
        self._is_answered = False

    async def pass_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            self._request = piece if self._is_answered else self._request + piece
            self._is_answered = False
            writer.write(piece)
            await writer.drain()

    async def pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            if not self._is_answered and self._wire.loses(self._request):
                return
            self._is_answered = True
            writer.write(piece)
            await writer.drain()


@contextmanager
def lossy_wire(upstream: str, dice: Random) -> Iterator[LossyWire]:
    """Lay a wire to an address from a free port, in a thread of its own."""
    wire, laid = LossyWire(upstream, dice), Future[None]()
    loop, removed = asyncio.new_event_loop(), asyncio.Event()
    thread = Thread(target=loop.run_until_complete, args=(wire.lie(laid, removed),))
    thread.start()
    laid.result(SECONDS_MAX)
    try:
        yield wire
    finally:
        loop.call_soon_threadsafe(removed.set)
        thread.join(SECONDS_MAX)
        loop.close()

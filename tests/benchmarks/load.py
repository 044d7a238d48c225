"""The load: sends requests on connections that stay open, and tells how it went. A program of its own."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, islice
from math import ceil
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

SECONDS_MAX = 120.0
ANSWER_BYTES_MAX = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"


class Order(Struct, frozen=True, kw_only=True):
    """Send `count` requests, these in turn: as fast as they are answered, or at a rate."""

    port: int
    requests: list[bytes]
    count: int
    connections: int
    per_second: float | None = None


class Answers(Struct, frozen=True, kw_only=True):
    """How long all took, what the middle and the slowest hundredth waited, and how often each status came."""

    seconds: float
    p50_ms: float
    p99_ms: float
    statuses: dict[int, int]
    last: bytes
    """The body of one of the last answers."""


class Connection(asyncio.BufferedProtocol):
    """Asks one request at a time; every answer fits into its buffer."""

    def __init__(self) -> None:
        self._buffer = bytearray(ANSWER_BYTES_MAX)
        self._filled = 0
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._write: Callable[[bytes], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.Transport", transport).write

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server hung up"))

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        assert self._write is not None, "connected"
        self._answer = asyncio.get_running_loop().create_future()
        self._write(request)
        return self._answer

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's interface
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        head, end, body = bytes(self._buffer[: self._filled]).partition(END_OF_HEAD)
        if end and len(body) == _body_length(head):
            assert self._answer is not None, "nothing comes without a question"
            self._filled = 0
            self._answer.set_result((int(head[9:12]), body))


def _body_length(head: bytes) -> int:
    """Find the length; every answer that the benchmarks ask for has one."""
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r")[0])


class Run:
    """One order on its way."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._numbers: Iterator[int] = islice(count(), order.count)
        self._waited: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._last = b""

    async def run(self) -> Answers:
        loop = asyncio.get_running_loop()
        address = ("127.0.0.1", self._order.port)
        opened = [await loop.create_connection(Connection, *address) for _ in range(self._order.connections)]
        began = time.perf_counter()
        async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as group:
            for _, connection in opened:
                group.create_task(self._ask(connection, began))
        seconds = time.perf_counter() - began
        for transport, _ in opened:
            transport.close()
        return self._answers(seconds)

    async def _ask(self, connection: Connection, began: float) -> None:
        requests, rate = self._order.requests, self._order.per_second
        for number in self._numbers:
            due = time.perf_counter()
            if rate is not None:  # what waits for a free connection has waited since it was due
                due = began + number / rate
                await asyncio.sleep(due - time.perf_counter())
            status, self._last = await connection.ask(requests[number % len(requests)])
            self._waited.append(time.perf_counter() - due)
            self._statuses[status] += 1

    def _answers(self, seconds: float) -> Answers:
        waited = sorted(self._waited)
        p50, p99 = (waited[ceil(len(waited) * part) - 1] * 1000 for part in (0.5, 0.99))
        return Answers(
            seconds=seconds, p50_ms=p50, p99_ms=p99, statuses=dict(self._statuses), last=self._last
        )


def main() -> None:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(msgspec.json.encode(runner.run(Run(order).run())))


if __name__ == "__main__":
    main()

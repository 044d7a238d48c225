"""One worker process: serves the shared socket until it is told to stop or its supervisor is gone."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, cast

import msgspec
import uvicorn
import uvloop
from msgspec import Struct

from gateway.assembly.adapters import Stores
from gateway.settings import Settings
from gateway.telemetry.writer import Writer
from gateway.web.exchange import App
from gateway.wire import BoundedProtocol, Shortcut
from gateway.world import World

if TYPE_CHECKING:
    from gateway.assembly.gateway import Gateway

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
"""Longer than the SDKs keep idle connections, so that none is closed as a request goes out on it."""
STOP_SECONDS_MAX = 60


class Orders(Struct, frozen=True):
    """What a supervisor tells a worker: the first line, JSON, of its standard input."""

    settings: Settings
    stores: Stores
    owner: str
    listen_fd: int
    ready_fd: int


def main() -> None:
    """Run a worker. Standard input stays open for as long as its supervisor lives."""
    from gateway.assembly.gateway import assemble  # noqa: PLC0415 - the supervisor, which gives orders, needs none

    said = sys.stdin.buffer.readline()
    if said:  # else the supervisor ended before it gave any
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(msgspec.json.decode(said, type=Orders), assemble))


async def _work(orders: Orders, assemble: "Callable[..., Gateway]") -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way."""
    with closing(Writer(sys.stdout.fileno())) as log:
        gateway = assemble(orders.settings, orders.stores, owner=orders.owner, log=log, world=World())
        orphaned = asyncio.create_task(_end_with_supervisor())
        listener = socket.socket(fileno=orders.listen_fd)
        try:
            await serve(
                gateway,
                listener,
                proxies=orders.settings.server.proxies,
                on_ready=lambda: _say_ready(orders.ready_fd),
            )
        finally:
            orphaned.cancel()


async def serve(
    gateway: "Gateway",
    listener: socket.socket,
    *,
    proxies: Sequence[str] = (),
    on_ready: Callable[[], None],
) -> None:
    """Serve a gateway on a socket until its server ends, with its loops beside it."""
    ready = asyncio.Event()
    loops = asyncio.create_task(gateway.run(ready))
    served = asyncio.create_task(_serve_when(ready, gateway, listener, proxies=proxies, on_ready=on_ready))
    try:
        await asyncio.wait((loops, served), return_when=asyncio.FIRST_COMPLETED)
        if loops.done():
            loops.result()
        await served
    finally:
        for task in (loops, served):
            task.cancel()
        await asyncio.gather(loops, served, return_exceptions=True)
        await gateway.close()


async def _serve_when(
    ready: asyncio.Event,
    gateway: "Gateway",
    listener: socket.socket,
    *,
    proxies: Sequence[str],
    on_ready: Callable[[], None],
) -> None:
    await ready.wait()
    serving = server(gateway.app, proxies, shortcut=gateway.app.at_once)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.stop)
    on_ready()
    await serving.serve(sockets=[listener])


class QuietServer(uvicorn.Server):
    """Leaves signals to whoever runs it: uvicorn would end the process before it has drained."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    def stop(self) -> None:
        self.should_exit = True


def server(app: App, proxies: Sequence[str] = (), *, shortcut: Shortcut | None = None) -> QuietServer:
    """Make the HTTP server of one process; `proxies` may say whom a request came from."""
    protocol = partial(BoundedProtocol, shortcut=shortcut)
    config = uvicorn.Config(
        app,
        http=cast("type[BoundedProtocol]", protocol),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # not a line for every stranger who does not speak HTTP
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        backlog=BACKLOG,
    )
    return QuietServer(config)


def _say_ready(fd: int) -> None:
    os.write(fd, b"ready\n")
    os.close(fd)


async def _end_with_supervisor() -> None:
    """End at once when standard input ends: without its supervisor a worker has no ledger to trust."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    with suppress(ValueError):
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()
        os._exit(1)


if __name__ == "__main__":
    main()

"""The first process: holds folder, socket, embedded stores and metrics; keeps workers alive."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvicorn

from gateway.assembly.adapters import Stores
from gateway.assembly.exposure import Exposure
from gateway.assembly.premises import Premises
from gateway.assembly.sound import check, check_not_itself
from gateway.ledger import with_parent
from gateway.ledger.connection import connect
from gateway.ledger.connection import shown as ledger_shown
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.records import RecordsAway
from gateway.records.engines import shown as records_shown
from gateway.records.migrate import migrate
from gateway.records.orphans import free_orphans
from gateway.settings import Settings
from gateway.settings import Stores as StoreSettings
from gateway.telemetry import workers as counted
from gateway.telemetry.listener import metrics_app
from gateway.wire import BoundedProtocol
from gateway.worker import BACKLOG, Orders, QuietServer
from gateway.world import World

OF_GATEWAY = ":"
"""Between a gateway's name and its worker's."""
READY_SECONDS_MAX = 60.0
TOO_LATE = (
    f"A worker was not ready within {READY_SECONDS_MAX:.0f} s: a store does not answer, as the lines above"
    " say, or the ledger takes that long to rebuild. See that both stores answer, and start again"
)
RESTART_SECONDS = 1.0
"""Between the end of a worker and the next start, so that one that cannot live does not take the machine."""
STOP_SECONDS_MAX = 75.0
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""For the C library of a worker: its threads take turns anyway, and each would keep memory of its own."""
ONE_HOST = "; one of them is of this host alone, so no gateway on another host may use the other"


class CannotServe(Exception):
    """The gateway cannot start; the message says why and what to do."""


@dataclass(kw_only=True)
class Supervisor:
    """Serves until SIGTERM or SIGINT."""

    settings: Settings
    say: Callable[[str], None]
    _world: World = field(default_factory=World)
    _name: str = ""
    """Of this gateway in this run: those of its workers begin with it."""
    _workers: dict[int, Process] = field(default_factory=dict)
    _owners: dict[int, str] = field(default_factory=dict)
    """What each worker is called in leases."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        """Start everything, say where it listens, and keep it alive.

        Raises CannotServe, WrongSettings, Occupied, NotStarted, ValueError: each with what to do.
        """
        async with AsyncExitStack() as stack:
            check(self.settings)
            premises = _enter(Path(self.settings.server.var))
            stack.callback(premises.leave)
            self.settings = premises.with_admin_key(self.settings)
            self._name = self._world.new_id()
            listener = stack.enter_context(_listen(self.settings.server.host, self.settings.server.port))
            check_not_itself(self.settings.upstream, *listener.getsockname()[:2])
            stores = await self._stores(premises, stack)
            stack.push_async_callback(self._stop_workers)
            workers = [
                await self._start_worker(stores, listener) for _ in range(self.settings.server.workers)
            ]
            await self._open(premises, stores)
            self._heed_signals()
            await self._expose(stores, stack)
            await self._until_stopped(self._work(workers, premises, stores=stores, listener=listener))

    async def _stores(self, premises: Premises, stack: AsyncExitStack) -> Stores:
        """Say where the stores are, with an embedded Valkey that runs already."""
        redis_url = self.settings.stores.redis_url
        if not redis_url:
            valkey = premises.valkey()
            await valkey.start()
            stack.push_async_callback(valkey.stop)
            keeping = asyncio.create_task(valkey.keep_alive())
            stack.callback(keeping.cancel)
            redis_url = valkey.url
        stores = premises.stores(self.settings, redis_url)
        assert stores.metrics is not None, "workers count in a folder"
        stack.callback(counted.end, Path(stores.metrics))
        return stores

    async def _open(self, premises: Premises, stores: Stores) -> None:
        """Make the stores ready for workers, which load their code meanwhile."""
        await asyncio.to_thread(migrate, stores.database_url)
        before = premises.rename(self._name)  # not sooner: a start that fails has no workers to be found
        if before is not None:
            await self._free_orphans(stores, f"{before}{OF_GATEWAY}")
        await _check_ledger(stores.redis_url)
        assert stores.metrics is not None, "workers count in a folder"
        counted.begin(Path(stores.metrics))

    async def _expose(self, stores: Stores, stack: AsyncExitStack) -> None:
        server = self.settings.server
        listener = stack.enter_context(_listen(server.metrics_host, server.metrics_port))
        exposure = Exposure.make(self.settings, stores, self._world)
        stack.push_async_callback(exposure.close)
        config = uvicorn.Config(
            metrics_app(exposure.render),
            http=BoundedProtocol,
            ws="none",
            log_config=None,
            log_level="error",
            access_log=False,
            lifespan="off",
            server_header=False,
        )
        metrics = QuietServer(config)
        serving = asyncio.create_task(metrics.serve(sockets=[listener]))
        stack.callback(serving.cancel)
        self.say(f"Metrics on {_address(listener)}/metrics")

    async def _start_worker(self, stores: Stores, listener: socket.socket) -> "_Worker":
        """Start one worker; it loads its code and waits for its orders."""
        ready, says_ready = os.pipe()
        starter = (sys.executable, "-I", "-S", with_parent.__file__, str(os.getpid()))
        child = await asyncio.create_subprocess_exec(
            *starter,  # else one that loads its code or stands still would keep the port when this one dies
            sys.executable,
            "-m",
            "gateway.worker",
            stdin=PIPE,
            pass_fds=(listener.fileno(), says_ready),
            env=os.environ | ONE_ARENA | {counted.FOLDER_VARIABLE: stores.metrics or ""},
            start_new_session=True,  # Ctrl-C is for the supervisor, which lets workers finish
        )
        os.close(says_ready)
        owner = f"{self._name}{OF_GATEWAY}{self._world.new_id()}"
        self._workers[child.pid], self._owners[child.pid] = child, owner
        return _Worker(child, ready, Orders(self.settings, stores, owner, listener.fileno(), says_ready))

    async def _until_stopped(self, work: Coroutine[None, None, None]) -> None:
        """Work until a stop, whatever the work waits for then."""
        stop, working = asyncio.create_task(self._stopping.wait()), asyncio.create_task(work)
        try:
            await asyncio.wait((stop, working), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            stop.cancel()
            working.cancel()
            await asyncio.gather(stop, working, return_exceptions=True)

    async def _work(
        self, workers: Sequence["_Worker"], premises: Premises, *, stores: Stores, listener: socket.socket
    ) -> None:
        """Let workers serve, and start another one whenever one ends."""
        await asyncio.gather(*(worker.serve() for worker in workers))
        self._greet(premises, listener)
        while True:
            ends = [asyncio.create_task(worker.wait()) for worker in self._workers.values()]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
            await self._replace_ended(stores, listener)

    async def _replace_ended(self, stores: Stores, listener: socket.socket) -> None:
        assert stores.metrics is not None, "workers count in a folder"
        ended = [pid for pid, worker in self._workers.items() if worker.returncode is not None]
        owners = [self._owners.pop(pid) for pid in ended]
        for pid in ended:
            del self._workers[pid]
            counted.retire(Path(stores.metrics), pid)
            self.say(f"A worker ({pid}) ended; starting another")
        await asyncio.sleep(RESTART_SECONDS)
        for _ in ended:
            with suppress(CannotServe):
                worker = await self._start_worker(stores, listener)
                await worker.serve()
        for owner in owners:
            await self._free_orphans(stores, owner)

    async def _free_orphans(self, stores: Stores, owners: str) -> None:
        """Free what dead workers had in hand, if the records answer."""
        try:
            await free_orphans(stores.database_url, owners)
        except RecordsAway:
            self.say("What dead workers had in hand waits until their leases end: the records did not answer")

    async def _stop_workers(self) -> None:
        """Let workers finish, within bounds."""
        alive = [worker for worker in self._workers.values() if worker.returncode is None]
        for worker in alive:
            with suppress(ProcessLookupError):
                worker.terminate()
        try:
            await asyncio.wait_for(asyncio.gather(*(worker.wait() for worker in alive)), STOP_SECONDS_MAX)
        except TimeoutError:
            for worker in alive:
                with suppress(ProcessLookupError):
                    worker.kill()

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)

    def _greet(self, premises: Premises, listener: socket.socket) -> None:
        self.say(f"Gateway on {_address(listener)}, upstream {self.settings.upstream.base_url}")
        self.say(whereabouts(self.settings.stores, premises.folder))
        if premises.admin_key_file.exists():
            self.say(f"Admin key in {premises.admin_key_file.absolute()}")


@dataclass(frozen=True)
class _Worker:
    """A worker that was started and has no orders yet."""

    child: Process
    ready: int
    orders: Orders

    async def serve(self) -> None:
        """Give it its orders and wait until it can answer creates. Raises CannotServe."""
        assert self.child.stdin is not None, "orders go through a pipe"
        self.child.stdin.write(msgspec.json.encode(self.orders) + b"\n")
        with suppress(ConnectionError):
            await self.child.stdin.drain()
        try:
            is_ready = await asyncio.wait_for(self._says_ready(), READY_SECONDS_MAX)
        except TimeoutError:
            raise CannotServe(TOO_LATE) from None
        if not is_ready:
            raise CannotServe("A worker ended before it was ready; the lines above say why")

    async def _says_ready(self) -> bool:
        """Wait until it says so, or ends; in no thread, which a worker that hangs would hold."""
        loop, said = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.ready, said.set)
        try:
            await said.wait()
            return bool(os.read(self.ready, 1))
        finally:
            loop.remove_reader(self.ready)
            os.close(self.ready)


def whereabouts(stores: StoreSettings, var: Path) -> str:
    """Say where money and records are, and what follows when one of the two is of this host alone."""
    ledger = ledger_shown(stores.redis_url) if stores.redis_url else f"a Valkey of its own in {var}"
    records = records_shown(stores.database_url or f"sqlite:///{var}/gateway.db")
    is_file = records.startswith("sqlite:")
    return f"Ledger in {ledger}, records in {records}" + (
        ONE_HOST if bool(stores.redis_url) is is_file else ""
    )


def _enter(folder: Path) -> Premises:
    """Take the folder. Raises CannotServe, Occupied."""
    try:
        return Premises.enter(folder)
    except OSError as wrong:
        raise CannotServe(
            f"Cannot keep anything in {folder}: {wrong.strerror}; set server.var to a folder of this user"
        ) from None


async def _check_ledger(url: str) -> None:
    ledger = RedisLedger(connect(url))
    try:
        await ledger.check()
    finally:
        await ledger.disconnect()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as wrong:
        raise CannotServe(f"Cannot listen on {host}:{port}: {wrong.strerror}; choose another port") from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"

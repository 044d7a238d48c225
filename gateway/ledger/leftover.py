"""What is written down about the embedded Valkey, so that what a crash left behind can be ended."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

END_SECONDS_MAX = 2.0
ANSWER_SECONDS_MAX = 0.5
LOOK_SECONDS = 0.01
"""Between two looks whether a Valkey has started or ended."""
FACTS_BYTES_MAX = 65536
NOTE = "running.json"


class Leftover(Struct, frozen=True):
    """A Valkey that was started and not stopped."""

    pid: int
    socket: str


def note(folder: Path, running: Leftover) -> None:
    (folder / NOTE).write_bytes(msgspec.json.encode(running))


def forget(folder: Path) -> None:
    """Remove the note, and the socket with the folder that was made for it."""
    running = _noted(folder)
    if running is None:
        return
    socket = Path(running.socket)
    socket.unlink(missing_ok=True)
    if socket.parent != folder:
        with suppress(OSError):
            socket.parent.rmdir()
    (folder / NOTE).unlink()


async def end(folder: Path) -> None:
    """End the Valkey that was noted in a folder, if it still runs and is the one that was noted."""
    running = _noted(folder)
    if running is None:
        return

    async def has_ended() -> bool:
        return not await _runs(running, folder)

    if not await has_ended():
        os.kill(running.pid, signal.SIGKILL)  # it keeps nothing that could be lost
        await within(END_SECONDS_MAX, has_ended)
    forget(folder)


async def within(seconds: float, is_so: Callable[[], Awaitable[bool]]) -> bool:
    """Wait until something is so; False when it is not in time."""
    try:
        async with asyncio.timeout(seconds):
            while not await is_so():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False
    return True


async def pid_at(socket: Path) -> int | None:
    """Ask the server at a socket for its process id; None when none answers."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            reader, writer = await asyncio.open_unix_connection(socket, limit=FACTS_BYTES_MAX)
            with closing(writer):
                writer.write(b"INFO server\r\n")
                facts = await reader.readuntil(b"tcp_port")
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    found = re.search(rb"process_id:(\d+)", facts)
    return None if found is None else int(found[1])


async def _runs(running: Leftover, folder: Path) -> bool:
    """Tell whether the noted process is still that Valkey, and no later process with the same number."""
    if sys.platform == "linux":
        return _works_in(running.pid, folder)
    return await pid_at(Path(running.socket)) == running.pid


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False


def _noted(folder: Path) -> Leftover | None:
    try:
        return msgspec.json.decode((folder / NOTE).read_bytes(), type=Leftover)
    except (FileNotFoundError, msgspec.DecodeError):
        return None

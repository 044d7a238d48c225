"""Memory of a worker, empty and with live tasks."""

from collections.abc import Iterator

from tests.benchmarks import requests
from tests.benchmarks.cores import command, family, resident_megabytes
from tests.benchmarks.findings import Finding
from tests.benchmarks.scene import BUDGET, Bench, target
from tests.support.gateway import Gateway

RUNNING = 1_000
"""Of the live tasks, those that Runway has begun: more than its tiers allow. The others wait in the queue."""


def measure(bench: Bench) -> Iterator[Finding]:
    count = bench.scale(10_000, 500)
    with bench.mock() as mock, bench.gateway(mock) as gateway:
        yield Finding(subject="memory of a worker, empty", figure=_megabytes(gateway), unit="MB")
        team = gateway.add_team(limits=[*BUDGET, {"measure": "running", "amount": RUNNING}])
        creates = [requests.create(f"take {number}", team.secret) for number in range(count)]
        for start in range(0, count, 1_000):
            part = creates[start : start + 1_000]
            target(gateway).load(part, len(part), connections=8)
        live = f"memory of a worker, {count:,} live tasks"
        yield Finding(subject=live, figure=_megabytes(gateway), unit="MB")


def _megabytes(gateway: Gateway) -> float:
    (worker,) = (pid for pid in family(gateway.program.pid) if "gateway.worker" in command(pid))
    return resident_megabytes(worker)

"""After years of use: start, rebuild and admission with full records, against empty ones."""

import os
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL
from threading import Timer

from tests.benchmarks import requests
from tests.benchmarks.cores import command, family
from tests.benchmarks.filling import Scale, fill
from tests.benchmarks.findings import Finding, middle
from tests.benchmarks.scene import BUDGET, Bench, Load, finish, limit, target
from tests.support.gateway import Gateway
from tests.support.mock import Mock

FULL = Scale(teams=10_000, keys=100_000, generations=1_000_000)
QUICK = Scale(teams=100, keys=1_000, generations=10_000)
KEYS_USED = 500
ROUNDS = 3
POLLS_PER_SECOND = 100
POLLED_SECONDS = 20
"""Longer than a rebuild takes, and not much, so that it fills the slowest hundredth."""


def measure(bench: Bench) -> Iterator[Finding]:
    scale = QUICK if bench.quick else FULL
    filled, empty = bench.place("filled"), bench.place("empty")
    secrets = _filled(filled, scale)
    with ExitStack() as stack:
        mock = stack.enter_context(bench.mock())
        few = yield from _started(stack, bench, mock, empty, "empty")
        many = yield from _started(stack, bench, mock, filled, f"{scale.generations:,} generations")
        yield from _admissions(bench, mock, {many: secrets, few: [few.add_team(limits=BUDGET).secret]})
        yield from _polls_of_a_rebuild(scale, many)


def _filled(folder: Path, scale: Scale) -> list[str]:
    """Fill the records of a gateway that starts in a folder; tell some of the keys."""
    var = folder / "var"
    var.mkdir(parents=True)
    return fill(var / "gateway.db", scale)[:: scale.keys // KEYS_USED]


def _started(
    stack: ExitStack, bench: Bench, mock: Mock, folder: Path, what: str
) -> Generator[Finding, None, Gateway]:
    """Start a gateway, then give it a budget: each is a rebuild, for the embedded Valkey starts empty."""
    began = time.perf_counter()
    gateway = stack.enter_context(bench.gateway_without_budget(mock, folder=folder))
    ready = time.perf_counter()
    yield Finding(subject=f"start to ready, {what}", figure=ready - began, unit="s")
    rebuild = gateway.metrics().total("ledger_rebuild_seconds_sum")
    yield Finding(subject=f"of it the rebuild, {what}", figure=rebuild, unit="s")
    began = time.perf_counter()
    limit(gateway)
    yield Finding(subject=f"a first budget, {what}", figure=time.perf_counter() - began, unit="s")
    return gateway


def _admissions(bench: Bench, mock: Mock, used: dict[Gateway, list[str]]) -> Iterator[Finding]:
    """Create with many keys in turn and with one, in rounds."""
    loads: dict[Gateway, list[Load]] = {gateway: [] for gateway in used}
    for _ in range(ROUNDS):
        for gateway, secrets in used.items():
            creates = [requests.create("a take", secret) for secret in secrets]
            loads[gateway].append(target(gateway).load(creates, bench.scale(1_000, 200)))
            finish(mock, gateway)
    yield from _compared("CPU", *(middle(load.cpu_ms for load in loads[gateway]) for gateway in used))
    yield from _compared(
        "wait", *(middle(load.answers.p50_ms for load in loads[gateway]) for gateway in used)
    )


def _polls_of_a_rebuild(scale: Scale, gateway: Gateway) -> Iterator[Finding]:
    """Poll while the gateway finds that its ledger is gone and makes it again."""
    team = gateway.add_team(limits=BUDGET)
    target(gateway).load([requests.create("a take", team.secret)], 1, connections=1)
    polls = [requests.poll(task["id"], team.secret) for task in gateway.tasks(team.id)]
    (valkey,) = (pid for pid in family(gateway.program.pid) if "valkey-server" in command(pid))
    Timer(1.0, os.kill, (valkey, SIGKILL)).start()
    load = target(gateway).load(polls, POLLS_PER_SECOND * POLLED_SECONDS, per_second=POLLS_PER_SECOND)
    assert gateway.metrics().total("ledger_rebuilds_total") > 1, "rebuilt meanwhile"
    what = f"a poll while {scale.generations:,} generations are added up"
    yield Finding(subject=f"{what}: p50", figure=load.answers.p50_ms, unit="ms")
    yield Finding(subject=f"{what}: p99", figure=load.answers.p99_ms, unit="ms")


def _compared(what: str, full: float, empty: float) -> Iterator[Finding]:
    yield Finding(subject=f"a create with empty records: {what}", figure=empty, unit="ms")
    yield Finding(
        subject=f"a create with full records: {what}", figure=full, unit="ms", ratio=full / empty, to="empty"
    )

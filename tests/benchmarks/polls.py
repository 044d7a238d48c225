"""Polls: `GET /v1/tasks/{id}` against servers that only say the same bytes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks import requests
from tests.benchmarks.findings import Finding, middle
from tests.benchmarks.scene import BUDGET, Bench, Load, Target, target
from tests.support.gateway import Gateway

TASKS = 100
ROUNDS = 5


def measure(bench: Bench) -> Iterator[Finding]:
    """In rounds, each target in turn, so that a disturbance meets all."""
    with ExitStack() as stack:
        mock = stack.enter_context(bench.mock())
        gateway = stack.enter_context(bench.gateway(mock))
        polls, body = _running_tasks(gateway)
        targets = {"polls, gateway": target(gateway)} | {
            f"polls, {kind}": stack.enter_context(bench.plain(kind, body)) for kind in ("bare", "litestar")
        }
        loads = _in_rounds(targets, polls, bench.scale(20_000, 4_000))
    bare = middle(load.per_cpu_second for load in loads["polls, bare"])
    for name, rounds in loads.items():
        figure = middle(load.per_cpu_second for load in rounds)
        yield Finding(subject=name, figure=figure, unit="/s of CPU", ratio=figure / bare, to="bare")
        yield Finding(
            subject=f"{name}, by the clock", figure=middle(load.per_second for load in rounds), unit="/s"
        )


def _running_tasks(gateway: Gateway) -> tuple[list[bytes], bytes]:
    """Make tasks; tell polls of them, and what such a poll is answered with."""
    team = gateway.add_team(limits=BUDGET)
    creates = [requests.create(f"take {number}", team.secret) for number in range(TASKS)]
    target(gateway).load(creates, TASKS)
    polls = [requests.poll(task["id"], team.secret) for task in gateway.tasks(team.id)]
    return polls, target(gateway).load(polls, len(polls)).answers.last


def _in_rounds(targets: dict[str, Target], polls: list[bytes], count: int) -> dict[str, list[Load]]:
    loads: defaultdict[str, list[Load]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, polled in targets.items():
            loads[name].append(polled.load(polls, count))
    return loads

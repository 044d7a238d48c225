"""Polls: `GET /v1/tasks/{id}` against servers that only say the same bytes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from tests.benchmarks import nginx, requests
from tests.benchmarks.findings import Finding, middle
from tests.benchmarks.scene import BUDGET, Bench, Load, Target, target
from tests.support.mock import UPSTREAM_KEY

TASKS = 100
ROUNDS = 5


def measure(bench: Bench) -> Iterator[Finding]:
    """In rounds, each target in turn, so that a disturbance meets all."""
    loads: defaultdict[str, list[Load]] = defaultdict(list)
    with ExitStack() as stack:
        targets = _targets(bench, stack)
        for _ in range(ROUNDS):
            for name, (polled, polls) in targets.items():
                loads[name].append(polled.load(polls, bench.scale(20_000, 4_000)))
    bare = middle(load.per_cpu_second for load in loads["bare"])
    for name, rounds in loads.items():
        rate, clocked = (middle(rates) for rates in zip(*map(_rates, rounds), strict=True))
        yield Finding(subject=f"polls, {name}", figure=rate, unit="/s of CPU", ratio=rate / bare, to="bare")
        yield Finding(subject=f"polls, {name}: by the clock", figure=clocked, unit="/s")


def _targets(bench: Bench, stack: ExitStack) -> dict[str, tuple[Target, list[bytes]]]:
    """Start what is compared; tell with each the polls that it answers."""
    mock = stack.enter_context(bench.mock())
    gateway = stack.enter_context(bench.gateway(mock))
    team = gateway.add_team(limits=BUDGET)
    target(gateway).load([requests.create(f"take {number}", team.secret) for number in range(TASKS)], TASKS)
    tasks = gateway.tasks(team.id)
    polls = [requests.poll(task["id"], team.secret) for task in tasks]
    body = target(gateway).load(polls, len(polls)).answers.last
    targets = {
        "gateway": (target(gateway), polls),
        "bare": (stack.enter_context(bench.plain("bare", body)), polls),
        "Litestar route": (stack.enter_context(bench.plain("litestar", body)), polls),
    }
    if nginx.is_installed():
        proxied = [requests.poll(task["upstreamId"], UPSTREAM_KEY) for task in tasks]
        proxy = stack.enter_context(nginx.running_nginx(bench.place("nginx"), mock))
        targets["nginx before the mock"] = (proxy, proxied)
        whole = replace(proxy, behind=(mock.program.pid,))
        targets["nginx and the mock behind it"] = (whole, proxied)
    return targets


def _rates(load: Load) -> tuple[float, float]:
    return load.per_cpu_second, load.per_second

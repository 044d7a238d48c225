"""Creates that are not paid again: joined to one that runs, or answered with one that is finished."""

from collections.abc import Iterator

from tests.benchmarks import requests
from tests.benchmarks.findings import Finding
from tests.benchmarks.scene import BUDGET, RATE, Bench, finish, target

CLIPS = 20


def measure(bench: Bench) -> Iterator[Finding]:
    count = bench.scale(2_000, 300)
    with bench.mock() as mock, bench.gateway(mock) as gateway:
        team = gateway.add_team(limits=[*BUDGET, RATE])
        clips = [requests.create(f"take {number}", team.secret, seed=number) for number in range(CLIPS)]
        asked = target(gateway)
        asked.load(clips, CLIPS)
        joins = asked.load(clips, count)
        finish(mock, gateway)
        hits = asked.load(clips, count)
    for name, load in (("joins", joins), ("hits", hits)):
        yield Finding(subject=name, figure=load.per_second, unit="/s")
        yield Finding(subject=f"{name}: CPU each", figure=load.cpu_ms, unit="ms")

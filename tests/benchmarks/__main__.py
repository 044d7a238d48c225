"""`python -m tests.benchmarks`: measures, prints a table and writes JSON. Takes some minutes; Linux only."""

import os
import tempfile
from pathlib import Path

import click

from tests.benchmarks import creates, memory, mock_speed, polls, reuse, years
from tests.benchmarks.cores import OUTSIDE
from tests.benchmarks.findings import Finding, write
from tests.benchmarks.scene import Bench

BENCHMARKS = {
    "polls": polls.measure,
    "creates": creates.measure,
    "reuse": reuse.measure,
    "memory": memory.measure,
    "years": years.measure,
    "mock": mock_speed.measure,
}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="Small scales: minutes become seconds, figures become rough.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Where to write the figures.")
def main(names: tuple[str, ...], path: Path | None, *, quick: bool) -> None:
    os.sched_setaffinity(0, OUTSIDE)
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        Path(folder).chmod(0o711)  # for root, PostgreSQL runs as another user
        for name in names or BENCHMARKS:
            for finding in BENCHMARKS[name](Bench(Path(folder), quick=quick)):
                findings.append(finding)
                click.echo(finding.line())
    if path is not None:
        write(path, findings)


if __name__ == "__main__":
    main()

"""Cores: what is measured runs on one, everything else on another; and what was used of them. Linux only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ALL = sorted(os.sched_getaffinity(0))
MEASURED = {_ALL[0]}
OUTSIDE = {_ALL[-1]}
BOTH = MEASURED | OUTSIDE

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_USER_TIME, _SYSTEM_TIME = 11, 12
"""Places in /proc/<pid>/stat, counted from behind the command's name (proc(5))."""


@contextmanager
def running_on(cores: set[int]) -> Iterator[None]:
    """Start programs on some cores: they keep the ones that their parent had."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def family(pid: int) -> list[int]:
    """List a process and all that it started and that its children started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [
        pid,
        *(member for file in children for child in file.read_text().split() for member in family(int(child))),
    ]


def cpu_seconds(pid: int) -> float:
    """Tell what a family of processes has used of all cores so far."""
    return sum(_cpu_seconds(member) for member in family(pid))


def resident_megabytes(pid: int) -> float:
    """Tell how much memory one process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])) * _TICK_SECONDS

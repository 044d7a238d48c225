"""What was measured, as a table and as JSON."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """One figure; `ratio` is its share of another one of the same run, which `to` names."""

    subject: str
    figure: float
    unit: str
    ratio: float | None = None
    to: str = ""

    def line(self) -> str:
        compared = "" if self.ratio is None else f"{self.ratio:8.2f} of {self.to}"
        return f"{self.subject:<58}{self.figure:>12,.4g} {self.unit:<16}{compared}"


def middle(figures: Iterable[float]) -> float:
    """Tell the median: one disturbed round among several changes little."""
    return median(figures)


def write(path: Path, findings: Sequence[Finding]) -> None:
    """Write all findings as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(findings), indent=2) + b"\n")

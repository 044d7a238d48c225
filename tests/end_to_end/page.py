"""The tables of `gateway/TEAMS.md`, the page for developers of teams."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from msgspec import Struct

PAGE = Path(__file__).parents[2] / "gateway" / "TEAMS.md"
WAITING = ("`tasks.retrieve` shows", "Python", "Node")
CASES = ("when", "it shows", "it costs")


class Row(Struct, frozen=True):
    """One line of a table of three columns."""

    when: str
    second: str
    third: str

    @property
    def id(self) -> str:
        """What names the row's test."""
        return re.sub(r"\W+", "-", self.when).strip("-")


def rows(header: tuple[str, str, str]) -> list[Row]:
    """Read the lines of all tables that have this header."""
    lines = iter(PAGE.read_text().splitlines())
    return [row for line in lines if _cells(line) == header for row in _table(lines)]


def _table(lines: Iterator[str]) -> list[Row]:
    next(lines)  # the rule below the header
    return [Row(*_cells(line)) for line in takewhile(lambda line: line.startswith("|"), lines)]


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))

"""The awaits that stand in the flows, and those at which a story of theirs stands right now."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import gateway.flows

FLOWS = Path(gateway.flows.__file__).parent
BACKGROUND = FLOWS.parent / "background.py"
"""What the loops await is part of their stories too."""


class Await(NamedTuple):
    """Where an `await`, an `async with` or an `async for` begins."""

    flow: str
    line: int
    column: int

    def words(self) -> str:
        """Tell the line's words, by which it is found also when other lines have come before it."""
        return _source(self.flow).splitlines()[self.line - 1].strip()


def flows() -> set[str]:
    """Name the flows in which anything is awaited."""
    return {path.stem for path in FLOWS.glob("*.py") if awaits_in(path.stem)}


def awaits_in(flow: str) -> set[Await]:
    """Find all that a flow awaits, in its source."""
    return {
        Await(flow, node.lineno, node.col_offset)
        for node in ast.walk(ast.parse(_source(flow)))
        if isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor)
    }


def awaited_by(story: Any) -> Iterator[Await]:  # noqa: ANN401 (a coroutine's insides)
    """Walk through the awaits of flows and loops at which a coroutine stands, from outside in."""
    while (frame := getattr(story, "cr_frame", None)) is not None:
        path = Path(frame.f_code.co_filename)
        if path.parent == FLOWS or path == BACKGROUND:
            line, _, column, _ = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            yield Await(path.stem, line, column)
        story = story.cr_await


@cache
def _source(flow: str) -> str:
    return (FLOWS / f"{flow}.py").read_text()

"""How answers are shown: aligned tables for people, JSON for programs."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from gateway.commands.client import Row

GAP = "  "
NOTHING = "-"
FRACTION = re.compile(r"(?<=T..:..:..)\.\d+Z$")
"""Of a second: a table has no use for it."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def rows_max(default: int) -> Callable[[Any], Any]:
    """Make the option `--limit` of a list."""
    return click.option(
        "--limit",
        "rows_max",
        type=click.IntRange(1, 100_000),
        default=default,
        show_default=True,
        help="Rows at most.",
    )


def show_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_list(
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    as_json: bool,
    is_cut: bool = False,
    total: Row | None = None,
) -> None:
    """Show rows; on standard error, say when there are more of them."""
    if as_json:
        show_json(list(rows))
    else:
        click.echo(table([*rows, total] if total else rows, columns))
    if is_cut:
        click.echo("There are more; show them with --limit.", err=True)


def table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Align columns: text on the left, numbers on the right."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    numeric = [any(isinstance(row.get(column), int | float) for row in rows) for column in columns]
    return "\n".join(
        GAP.join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in [list(columns), *cells]
    )


def _cell(value: object) -> str:
    return NOTHING if value is None else FRACTION.sub("Z", str(value))

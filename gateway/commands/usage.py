"""`runway-gateway usage`: where the credits went."""

from collections.abc import Sequence

import click

from gateway.commands.client import Client, Row
from gateway.commands.connected import connected
from gateway.commands.showing import as_json, show_json, show_list
from gateway.rules.credits import shown

COUNTS = ("generations", "tasks")
MIDNIGHT = "T00:00:00Z"
AMOUNTS = ("spent", "reserved", "refunded", "saved", "unclear")


@click.command()
@click.option("--from", "start", help="A date or an instant. Without --from and --to: this month, UTC.")
@click.option("--to", "end", help="The first date or instant that no longer counts.")
@click.option("--by", default="team,model", show_default=True, help="Of team, key, model, operation, day.")
@as_json
@connected
def usage(client: Client, *, start: str | None, end: str | None, by: str, as_json: bool) -> None:
    """Add up what was generated, and what it cost in credits.

    Spent is what Runway charged. Refunded was held, cost nothing and was given back: it is no part of
    spent. Reserved is held for what runs, unclear for what nobody knows yet. Saved is what shared results
    would have cost.
    """
    asked = {name: value for name, value in (("from", start), ("to", end), ("by", by)) if value is not None}
    report = client.get("/usage", asked)
    if as_json:
        show_json(report)
        return
    rows, groups = report["data"], report["by"]
    total = _total(rows, groups) if len(rows) > 1 else None
    click.echo(f"{_period(report)}, UTC, in credits\n")
    show_list(rows, (*groups, *COUNTS, *AMOUNTS), as_json=False, total=total)


def _period(report: Row) -> str:
    """Say what was added up; whole days without their midnight."""
    first, last = (report[end] and report[end].removesuffix(MIDNIGHT) for end in ("from", "to"))
    return f"From {first or 'the beginning'} to {f'before {last}' if last else 'now'}"


def _total(rows: Sequence[Row], groups: Sequence[str]) -> Row:
    """Add up in thousandths, so that the sum of amounts is exact."""
    counts = {name: sum(row[name] for row in rows) for name in COUNTS}
    amounts = {name: shown(sum(round(row[name] * 1000) for row in rows)) for name in AMOUNTS}
    return {**dict.fromkeys(groups, ""), groups[0]: "total", **counts, **amounts}

"""`runway-gateway usage`: where the credits went."""

from collections.abc import Sequence

import click

from gateway.commands.client import Client, Row
from gateway.commands.connected import connected
from gateway.commands.showing import as_json, show_json, show_list
from gateway.rules.credits import shown

COUNTS = ("generations", "tasks")
AMOUNTS = ("spent", "reserved", "refunded", "saved", "unclear")


@click.command()
@click.option("--from", "start", help="A date or an instant. Without --from and --to: this month, UTC.")
@click.option("--to", "end", help="The first date or instant that no longer counts.")
@click.option("--by", default="team,model", show_default=True, help="Of team, key, model, operation, day.")
@as_json
@connected
def usage(client: Client, *, start: str | None, end: str | None, by: str, as_json: bool) -> None:
    """Add up what was generated, and what it cost in credits."""
    asked = {name: value for name, value in (("from", start), ("to", end), ("by", by)) if value is not None}
    report = client.get("/usage", asked)
    if as_json:
        show_json(report)
        return
    rows, groups = report["data"], report["by"]
    total = _total(rows, groups) if len(rows) > 1 else None
    show_list(rows, (*groups, *COUNTS, *AMOUNTS), as_json=False, total=total)


def _total(rows: Sequence[Row], groups: Sequence[str]) -> Row:
    """Add up in thousandths, so that the sum of amounts is exact."""
    counts = {name: sum(row[name] for row in rows) for name in COUNTS}
    amounts = {name: shown(sum(round(row[name] * 1000) for row in rows)) for name in AMOUNTS}
    return {**dict.fromkeys(groups, ""), groups[0]: "total", **counts, **amounts}

"""`runway-gateway keys`: what teams authenticate with."""

import re
from datetime import UTC, datetime, timedelta
from typing import IO
from urllib.parse import quote

import click

from gateway.commands.client import Client, Row
from gateway.commands.connected import connected
from gateway.commands.policies import policy_file, read_policy
from gateway.commands.showing import as_json, rows_max, show_list

COLUMNS = ("id", "team", "label", "createdAt", "expiresAt", "revokedAt")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Duration(click.ParamType[timedelta]):
    """A number with m, h, d or w."""

    name = "duration"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9]\d{0,4})([mhdw])", value)
        if found is None:
            self.fail("use a number with m, h, d or w, such as 30d", param, ctx)
        return int(found[1]) * UNITS[found[2]]


@click.group()
def keys() -> None:
    """Teams' keys."""


@keys.command()
@click.argument("team")
@click.option("--label", required=True, help="Where it is used, for people.")
@click.option("--expires-in", type=Duration(), help="Such as 12h, 30d or 8w. Without it: never.")
@policy_file
@connected
def add(
    client: Client,
    team: str,
    *,
    label: str,
    expires_in: timedelta | None,
    policy_file: IO[bytes] | None,
) -> None:
    """Make a key for TEAM; its secret is printed this once."""
    body: Row = {"team": team, "label": label}
    if policy_file is not None:
        body["policy"] = read_policy(policy_file)
    if expires_in is not None:
        body["expiresAt"] = (datetime.now(UTC) + expires_in).isoformat(timespec="seconds")
    made = client.post("/keys", body)
    until = f" until {made['expiresAt']}" if made["expiresAt"] else ""
    click.echo(f"Key {made['id']} of {team}{until}. Its secret is shown this once:", err=True)
    click.echo(made["secret"])
    click.echo(
        "Code that uses Runway's own SDK needs nothing but these two variables:\n"
        f"  RUNWAYML_BASE_URL={client.url}\n"
        "  RUNWAYML_API_SECRET=<the secret>",
        err=True,
    )


@keys.command("list")
@click.option("--team", help="Of this team alone.")
@rows_max(1000)
@as_json
@connected
def list_keys(client: Client, *, team: str | None, rows_max: int, as_json: bool) -> None:
    """List keys, the newest first; never their secrets."""
    rows, is_cut = client.rows("/keys", {"team": team}, rows_max=rows_max)
    show_list(rows, COLUMNS, as_json=as_json, is_cut=is_cut)


@keys.command()
@click.argument("id")
@connected
def revoke(client: Client, id: str) -> None:
    """Revoke a key by its ID, not its secret."""
    client.delete(f"/keys/{quote(id, safe='')}")
    click.echo(f"Key {id} is revoked.")

"""`runway-gateway teams`: who may spend what."""

from typing import IO
from urllib.parse import quote

import click

from gateway.commands.client import Client
from gateway.commands.connected import connected
from gateway.commands.policies import (
    credits_per_day,
    credits_per_month,
    policy_file,
    policy_with,
    read_policy,
)
from gateway.commands.showing import as_json, rows_max, show_json, show_list

COLUMNS = ("id", "name", "limits", "createdAt", "archivedAt")
OVERWRITE = "*"


@click.group()
def teams() -> None:
    """Teams and their policies."""


@teams.command()
@click.argument("id")
@click.option("--name", help="For people. Without it: the id.")
@credits_per_day
@credits_per_month
@policy_file
@connected
def add(
    client: Client,
    id: str,
    *,
    name: str | None,
    credits_per_day: float | None,
    credits_per_month: float | None,
    policy_file: IO[bytes] | None,
) -> None:
    """Add a team: runway-gateway teams add ads --credits-per-day 500."""
    policy = policy_with(policy_file, per_day=credits_per_day, per_month=credits_per_month)
    team = client.post("/teams", {"id": id, "name": name or id, "policy": policy})
    click.echo(f"Team {team['id']} is there. Give it a key: runway-gateway keys add {team['id']} --label …")


@teams.command("list")
@rows_max(1000)
@as_json
@connected
def list_teams(client: Client, *, rows_max: int, as_json: bool) -> None:
    """List teams, archived ones too."""
    rows, is_cut = client.rows("/teams", {}, rows_max=rows_max)
    shown = rows if as_json else [row | {"limits": len(row["policy"].get("limits", []))} for row in rows]
    show_list(shown, COLUMNS, as_json=as_json, is_cut=is_cut)


@teams.command()
@click.argument("id")
@connected
def show(client: Client, id: str) -> None:
    """Show a team with its policy, as JSON."""
    show_json(client.get(_path(id)))


@teams.command()
@click.argument("id")
@click.argument("name")
@connected
def rename(client: Client, id: str, name: str) -> None:
    """Give a team another name; its id stays."""
    team = client.patch(_path(id), {"name": name}, if_match=OVERWRITE)
    click.echo(f"Team {team['id']} is now called {team['name']}.")


@teams.command()
@click.argument("id")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--if-version", type=click.IntRange(1), help="Refuse if it has another version by now.")
@connected
def policy(client: Client, id: str, file: IO[bytes] | None, *, if_version: int | None) -> None:
    """Replace a team's policy by a JSON FILE (- is stdin); without one, print it."""
    if file is None:
        show_json(client.get(_path(id))["policy"])
        return
    if_match = OVERWRITE if if_version is None else f'"{if_version}"'
    team = client.patch(_path(id), {"policy": read_policy(file)}, if_match=if_match)
    click.echo(f"The policy of {team['id']} is now version {team['policyVersion']}.")


@teams.command()
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@connected
def archive(client: Client, id: str, *, yes: bool) -> None:
    """Archive a team: its keys end, its figures stay."""
    if not yes:
        name = client.get(_path(id))["name"]
        question = f"Revoke all keys of {name} for good? The id {id} can never be used again"
        click.confirm(question, abort=True)
    client.delete(_path(id))
    click.echo(f"Team {id} is archived.")


def _path(id: str) -> str:
    return f"/teams/{quote(id, safe='')}"

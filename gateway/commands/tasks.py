"""`runway-gateway tasks`: what was asked of Runway, and what to do when nobody knows what it cost."""

from urllib.parse import quote

import click

from gateway.commands.client import Client
from gateway.commands.connected import connected
from gateway.commands.showing import as_json, rows_max, show_list
from gateway.rules.generation import Stage

COLUMNS = ("id", "team", "model", "stage", "status", "reserved", "charged", "basis", "createdAt")
STAGES = [stage.value for stage in Stage if stage is not Stage.VOID]


@click.group()
def tasks() -> None:
    """Tasks of all teams."""


@tasks.command("list")
@click.option("--team", help="Of this team alone.")
@click.option("--stage", type=click.Choice(STAGES), help="In this stage alone.")
@rows_max(50)
@as_json
@connected
def list_tasks(client: Client, *, team: str | None, stage: str | None, rows_max: int, as_json: bool) -> None:
    """List tasks, the newest first."""
    rows, is_cut = client.rows("/tasks", {"team": team, "stage": stage}, rows_max=rows_max)
    show_list(rows, COLUMNS, as_json=as_json, is_cut=is_cut)


@tasks.command()
@click.argument("id")
@click.option("--charged", type=click.FloatRange(min=0), required=True, help="Credits that Runway charged.")
@click.option("--reason", required=True, help="How you know; it is kept with the task.")
@connected
def resolve(client: Client, id: str, *, charged: float, reason: str) -> None:
    """Settle an unclear task at what it really cost."""
    client.post(f"/tasks/{quote(id, safe='')}/resolution", {"charged": charged, "reason": reason})
    click.echo(f"Task {id} is settled at {charged:g} credits.")

"""The command line of the gateway."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING

import click
from msgspec import structs

from gateway.assembly.premises import Occupied
from gateway.assembly.sound import check
from gateway.commands import COMMANDS
from gateway.ledger.embedded import NotStarted
from gateway.ledger.line import REFUSED
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.records.migrate import Refused
from gateway.settings import Settings, WrongSettings, load
from gateway.supervisor import CannotServe, Supervisor

if TYPE_CHECKING:
    from gateway.demo import Scene

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="GATEWAY_CONFIG",
    help="The TOML file; deploy/gateway.example.toml shows every setting.",
)

LEDGER_AWAY = "The ledger's Redis or Valkey does not answer; check GATEWAY_REDIS_URL"
LEDGER_REFUSED = (
    "The ledger's Redis or Valkey refused the connection; "
    "check user, password and database in GATEWAY_REDIS_URL"
)
RECORDS_AWAY = "The database does not answer; check GATEWAY_DATABASE_URL"
RECORDS_REFUSED = (
    "The database refused the connection; check user, password and the database's name "
    "in GATEWAY_DATABASE_URL, and that it takes connections"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="runway-gateway")
def main() -> None:
    """A gateway in front of Runway's API: budgets that hold, seeded requests paid once, metrics."""


@main.command()
@CONFIG
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes.")
@click.option("--metrics-host", help="The address of /metrics.")
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), help="The port of /metrics; 0 takes a free one."
)
@click.option("--var", help="The folder of the embedded stores.")
def serve(config: Path | None, **options: str | int | None) -> None:
    """Serve until Ctrl-C."""
    settings = _settings(config)
    given = {name: value for name, value in options.items() if value is not None}
    server = structs.replace(settings.server, **given)
    supervisor = Supervisor(settings=structs.replace(settings, server=server), say=_say)
    try:
        asyncio.run(supervisor.serve())
    except (CannotServe, WrongSettings, Occupied, NotStarted, ValueError) as wrong:
        raise click.ClickException(str(wrong)) from None
    except LedgerAway as away:
        refused = str(away).startswith(REFUSED)
        raise click.ClickException(LEDGER_REFUSED if refused else LEDGER_AWAY) from None
    except RecordsAway as away:
        refused = isinstance(away, Refused)
        raise click.ClickException(RECORDS_REFUSED if refused else RECORDS_AWAY) from None


@main.command()
@click.option("--once", is_flag=True, help="End after the scenario instead of serving on.")
def demo(*, once: bool) -> None:
    """Play the main job against the mock server with the official SDK, and check the bill."""
    try:
        from gateway.demo import DemoFailed, play, tell_how_to_go_on  # noqa: PLC0415 - the SDK is no dependency of a gateway
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            f"{missing.name} is missing; in a checkout: pip install '.[demo,mock]', or make demo"
        ) from None

    def serve_on(scene: "Scene") -> None:
        tell_how_to_go_on(scene)
        with suppress(KeyboardInterrupt):
            Event().wait()

    with TemporaryDirectory(prefix="runway-gateway-") as folder:
        try:
            play(Path(folder), say=click.echo, then=(lambda _: None) if once else serve_on)
        except DemoFailed as wrong:
            raise click.ClickException(str(wrong)) from None


@main.command("check-config")
@CONFIG
def check_config(config: Path | None) -> None:
    """Read the settings and say whether `serve` can start with them."""
    try:
        check(_settings(config))
    except WrongSettings as wrong:
        raise click.ClickException(str(wrong)) from None
    _say("The settings are right.")


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of the gateway's own API."""
    from gateway.web.document import document  # noqa: PLC0415 - a framework that serving starts without

    sys.stdout.write(document().decode())


def _settings(config: Path | None) -> Settings:
    try:
        return load(config, os.environ)
    except WrongSettings as wrong:
        raise click.ClickException(str(wrong)) from None


def _say(line: str) -> None:
    """Speak to people on standard error; standard output is the log's."""
    click.echo(line, err=True)


for command in COMMANDS:
    main.add_command(command)

"""The command line: `runway-mock`."""

import click
import msgspec

from mock_server.app import create_app
from mock_server.clock import ClockMode
from mock_server.limits import TIERS
from mock_server.serving import serve
from mock_server.settings import PROFILES, SPEED_MAX


@click.command(context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--port", default=4010, type=click.IntRange(0, 65535), help="Port; 0 takes a free one and prints it."
)
@click.option(
    "--profile", default="default", type=click.Choice(list(PROFILES)), help="A set of the settings below."
)
@click.option(
    "--clock",
    type=click.Choice([mode.value for mode in ClockMode]),
    help="How time goes: see mock_server/README.md.",
)
@click.option(
    "--speed", type=click.FloatRange(0, SPEED_MAX, min_open=True), help="Seconds per second of a real clock."
)
@click.option("--tier", type=click.Choice(list(TIERS)), help="Runway's usage tier of a new key.")
@click.option("--credits", type=click.IntRange(min=0), help="Balance of a new key.")
@click.option("--seed", type=int, help="Makes ids and chances repeatable.")
@click.option("--public-url", help="What URLs in answers start with; default: the Host that the client used.")
@click.option(
    "--check-responses", is_flag=True, default=None, help="Hold every answer against Runway's document."
)
@click.option(
    "--allow-real-keys", is_flag=True, default=None, help="Accept keys that look like Runway's own."
)
def main(host: str, port: int, profile: str, **chosen: object) -> None:
    """Runway's API, offline: no account, no credits, no connection to anywhere."""
    given = {name: value for name, value in chosen.items() if value is not None}
    settings = msgspec.convert(msgspec.to_builtins(PROFILES[profile]) | given, type(PROFILES[profile]))
    serve(create_app(settings), host=host, port=port)

"""The command line: `runway-mock`."""

import click
import msgspec

from mock_server import manual
from mock_server.app import create_app
from mock_server.clock import ClockMode
from mock_server.limits import TIERS
from mock_server.serving import serve
from mock_server.settings import PROFILES, SPEED_MAX

HOST, PORT = "127.0.0.1", 4010


class ServingByDefault(click.Group):
    """Without the name of a command, `serve` is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ServingByDefault)
def main() -> None:
    """Runway's API, offline: no account, no credits, no connection to anywhere.

    Without a command it serves: `runway-mock --port 0` is `runway-mock serve --port 0`.
    """


@main.command("serve", context_settings={"show_default": True})
@click.option("--host", default=HOST, help="Address to listen on.")
@click.option(
    "--port", default=PORT, type=click.IntRange(0, 65535), help="Port; 0 takes a free one and prints it."
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
    "--check-responses/--no-check-responses",
    default=None,
    help="Hold every answer against Runway's document.",
)
@click.option(
    "--allow-real-keys", is_flag=True, default=None, help="Accept keys that look like Runway's own."
)
def serve_(host: str, port: int, profile: str, **chosen: object) -> None:
    """Serve until Ctrl-C, then say what was never exercised."""
    given = {name: value for name, value in chosen.items() if value is not None}
    settings = msgspec.convert(msgspec.to_builtins(PROFILES[profile]) | given, type(PROFILES[profile]))
    serve(create_app(settings), host=host, port=port)


@main.command()
@click.argument("word")
def explain(word: str) -> None:
    """Say what a failure code, status, issue code, fault or key means."""
    text = manual.explain(word)
    if text is None:
        near = manual.similar(word)
        hint = f" Did you mean {near}?" if near else ""
        raise click.ClickException(f"{word} is no code, status, fault or key that the mock knows.{hint}")
    click.echo(text)


@main.command()
@click.option("--url", default=f"http://{HOST}:{PORT}", show_default=True, help="Where the mock listens.")
@click.option("--key", default="key_of_my_tests", show_default=True, help="Any text: it is the tenant.")
def env(url: str, key: str) -> None:
    """Print what points a client here: eval "$(runway-mock env)"."""
    click.echo(manual.environment(url, key))


@main.command()
def scenarios() -> None:
    """List what can be provoked, and how."""
    click.echo(manual.scenarios())

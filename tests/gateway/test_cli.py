"""What `serve` says of stores that it cannot use."""

from pathlib import Path

from click.testing import CliRunner
from redis import Redis

from gateway.cli import LEDGER_AWAY, LEDGER_REFUSED, main
from tests.support.stores import free_port, running_valkey


def told(var: Path, redis_url: str) -> str:
    """Serve until it fails."""
    options = ("--port", "0", "--metrics-port", "0", "--var", str(var))
    environment = {"RUNWAYML_API_SECRET": "a key", "GATEWAY_REDIS_URL": redis_url}
    failed = CliRunner().invoke(main, ["serve", *options], env=environment)
    assert failed.exit_code == 1
    return failed.output


def test_a_wrong_password_is_no_outage(tmp_path: Path) -> None:
    with running_valkey(tmp_path / "valkey") as valkey:
        with Redis.from_url(valkey.url) as client:
            client.config_set("requirepass", "the right one")

        said = told(tmp_path / "var", valkey.url.replace("//", "//:canary@"))

    assert said == f"Error: {LEDGER_REFUSED}\n"


def test_a_ledger_where_nobody_answers_is_away(tmp_path: Path) -> None:
    said = told(tmp_path / "var", f"redis://127.0.0.1:{free_port()}/0")

    assert said == f"Error: {LEDGER_AWAY}\n"

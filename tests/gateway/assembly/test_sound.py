"""Settings that `serve` refuses and that `check-config` therefore calls wrong."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.assembly.sound import check, check_not_itself
from gateway.cli import main
from gateway.settings import Server, Settings, Stores, Upstream, WrongSettings

KEY = "a canary"
RUNWAY = "https://api.dev.runwayml.com"


def upstream(base_url: str = RUNWAY, key: str = KEY) -> Settings:
    return Settings(upstream=Upstream(base_url=base_url, key=key))


def server(**changes: object) -> Settings:
    return Settings(upstream=Upstream(key=KEY), server=Server(**changes))  # type: ignore[arg-type]


def stores(**urls: str) -> Settings:
    return Settings(upstream=Upstream(key=KEY), stores=Stores(**urls))


@pytest.mark.parametrize(
    "settings",
    [
        upstream(),
        upstream("http://127.0.0.1:4010"),
        upstream("http://[::1]:1/"),
        server(proxies=("10.0.0.1", "10.0.0.0/8", "fd00::/8")),
        server(proxies=("*",)),
        server(port=0, metrics_port=0),
        server(host="10.0.0.1", port=8080, metrics_port=8080),
        stores(redis_url="redis://user:word@localhost:6379/0", database_url="postgresql://localhost/gateway"),
        stores(redis_url="redis+sentinel://a:1,b:2/service", database_url="sqlite:///here.db"),
    ],
)
def test_settings_that_serve_can_start_with_are_right(settings: Settings) -> None:
    check(settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(), "No Runway key: set RUNWAYML_API_SECRET"),
        (upstream(key="rwgw_canary"), "holds a team's key"),
        (upstream(key="two\ncanaries"), "printable ASCII"),
        (upstream("api.dev.runwayml.com"), "must be an https URL"),
        (upstream("ftp://example.com"), "must be an https URL"),
        (upstream("http://example.com"), "would send the upstream's key unencrypted"),
        (upstream("https://a:canary@example.com"), "nothing else"),
        (upstream("https://example.com:99999"), "is not a URL"),
        (upstream(f"{RUNWAY}/v1"), "ends before /v1"),
        (upstream(f"{RUNWAY}/v1/"), "ends before /v1"),
        (upstream("http://localhost:8080"), "is the gateway itself"),
        (stores(redis_url="http://canary@localhost"), "the ledger's URL is none of"),
        (stores(database_url="mysql://canary@localhost/x"), "the database is `sqlite:///`"),
        (stores(database_url="canary"), "the database is `sqlite:///`"),
        (server(host=""), "0.0.0.0 stands for all"),
        (server(metrics_host=""), "0.0.0.0 stands for all"),
        (server(port=9090), "are both 9090"),
        (server(port=9090, host="0.0.0.0"), "are both 9090"),  # noqa: S104 (as it is set)
        (server(proxies=("10.0.0.1", "balancer")), "not balancer"),
        (server(proxies=("10.0.0.1/8",)), "not 10.0.0.1/8"),
        (server(proxies=("*", "10.0.0.1")), "not *"),
    ],
)
def test_settings_that_serve_cannot_start_with_are_wrong(settings: Settings, words: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        check(settings)

    assert words in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LocalHost", "127.0.0.2", "0.0.0.0", "[::1]", "[::]"],  # noqa: S104 (as a client says it)
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_upstream_that_is_the_gateway_itself_is_refused(scheme: str, host: str) -> None:
    itself = Upstream(base_url=f"{scheme}://{host}:8123/path", key=KEY)

    with pytest.raises(WrongSettings, match="is the gateway itself") as refused:
        check_not_itself(itself, "127.0.0.1", 8123)

    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_both_commands_refuse_the_same(command: str, tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(
        f'[upstream]\nkey = "{KEY}"\nbase_url = "{RUNWAY}/v1"\n[server]\nvar = "{tmp_path}/var"\n'
    )

    told = CliRunner().invoke(main, [command, "--config", str(config)])

    assert told.exit_code == 1
    assert (
        told.output
        == "Error: RUNWAYML_BASE_URL ends before /v1, which every path begins with; leave it out\n"
    )
    assert not (tmp_path / "var").exists()


def test_right_settings_are_called_right(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[upstream]\nkey = "{KEY}"\n')

    told = CliRunner().invoke(main, ["check-config", "--config", str(config)])

    assert told.output == "The settings are right.\n"

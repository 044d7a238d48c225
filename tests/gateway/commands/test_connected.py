"""Which gateway is asked, with which key, and what is said when that does not work."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gateway.commands.conftest import Branch, Terminal
from tests.gateway.web.office import ADMIN_KEY, TEAM_SECRET


@pytest.fixture
def bare(terminal: Terminal) -> Terminal:
    """A terminal without an admin key."""
    return replace(terminal, environment=terminal.environment | {"GATEWAY_ADMIN_KEY": None})


def test_the_key_is_found_in_the_folder_of_serve(bare: Terminal, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/admin.key").write_text(f"{ADMIN_KEY}\n")

    bare.ok("teams", "list")


def test_a_named_file_counts_more_than_the_environment(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "other.key").write_text("rwadm_of_another_gateway")

    refused = terminal.run("teams", "list", "--admin-key-file", "other.key")

    assert "does not know this admin key" in refused.stderr


def test_a_missing_key_is_told_with_the_ways_to_give_one(bare: Terminal) -> None:
    refused = bare.run("teams", "list")

    assert refused.exit_code == 1
    assert "GATEWAY_ADMIN_KEY" in refused.stderr
    assert "--admin-key-file" in refused.stderr


def test_a_file_that_holds_no_key_is_told(bare: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty.key").write_text("\n")

    refused = bare.run("teams", "list", "--admin-key-file", "empty.key")

    assert "empty.key holds no admin key" in refused.stderr


def test_a_teams_key_is_refused_in_the_gateways_words(terminal: Terminal) -> None:
    with_team_key = replace(terminal, environment=terminal.environment | {"GATEWAY_ADMIN_KEY": TEAM_SECRET})

    refused = with_team_key.run("teams", "list")

    assert "administration takes an admin key" in refused.stderr


def test_an_option_counts_more_than_the_environment(terminal: Terminal, branch: Branch) -> None:
    elsewhere = replace(terminal, environment=terminal.environment | {"GATEWAY_URL": "http://127.0.0.1:1"})

    elsewhere.ok("teams", "list", "--url", branch.url)


def test_a_gateway_that_is_not_there_is_told_with_its_address(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    refused = terminal.run("teams", "list", "--url", url)

    assert refused.exit_code == 1
    assert f"No gateway answers at {url}" in refused.stderr
    assert "runway-gateway serve" in refused.stderr


@pytest.mark.parametrize("url", ["gateway", "ftp://gateway", "http://", "http://[::1"])
def test_an_address_that_cannot_be_is_told(terminal: Terminal, url: str) -> None:
    refused = terminal.run("teams", "list", "--url", url)

    assert refused.exit_code == 1
    assert url in refused.stderr


def test_something_that_is_no_gateway_is_told(terminal: Terminal, branch: Branch) -> None:
    refused = terminal.run("teams", "list", "--url", f"{branch.url}/docs?")

    assert "not as a gateway does" in refused.stderr

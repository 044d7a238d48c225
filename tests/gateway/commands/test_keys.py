"""`runway-gateway keys`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules.keys import is_well_formed
from tests.gateway.commands.conftest import Branch, Terminal


@pytest.fixture(autouse=True)
def now(branch: Branch) -> None:
    """The commands read the machine's clock, so here the gateway does too."""
    branch.office.clock.at = datetime.now(UTC)


def test_the_secret_alone_is_on_standard_output(terminal: Terminal, branch: Branch) -> None:
    terminal.ok("teams", "add", "secret")

    made = terminal.run("keys", "add", "secret", "--label", "ci")

    assert is_well_formed(made.stdout.strip())
    assert made.stdout.strip() not in made.stderr
    assert f"RUNWAYML_BASE_URL={branch.url}\n" in made.stderr
    assert "RUNWAYML_API_SECRET=" in made.stderr


def test_a_key_may_expire(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "expiring")

    terminal.ok("keys", "add", "expiring", "--label", "ci", "--expires-in", "30d")

    [key] = json.loads(terminal.ok("keys", "list", "--team", "expiring", "--json"))
    left = datetime.fromisoformat(key["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)


@pytest.mark.parametrize("duration", ["30", "0d", "-1d", "1y", "soon", "999999d"])
def test_a_duration_that_cannot_be_is_refused(terminal: Terminal, duration: str) -> None:
    refused = terminal.run("keys", "add", "ads", "--label", "ci", f"--expires-in={duration}")

    assert refused.exit_code == 2
    assert "such as 30d" in refused.stderr


def test_a_key_has_a_policy_of_its_own(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "own-policy")

    terminal.ok("keys", "add", "own-policy", "--label", "ci", "--policy", "-", typed='{"weight": 2}')

    [key] = json.loads(terminal.ok("keys", "list", "--team", "own-policy", "--json"))
    assert key["policy"] == {"weight": 2}


def test_a_key_is_revoked_by_its_id(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "revoked")
    terminal.ok("keys", "add", "revoked", "--label", "ci")
    [key] = json.loads(terminal.ok("keys", "list", "--team", "revoked", "--json"))

    terminal.ok("keys", "revoke", key["id"])

    [key] = json.loads(terminal.ok("keys", "list", "--team", "revoked", "--json"))
    assert key["revokedAt"]


def test_a_key_for_an_unknown_team_is_refused(terminal: Terminal) -> None:
    refused = terminal.run("keys", "add", "nobody", "--label", "ci")

    assert refused.exit_code == 1
    assert "team" in refused.stderr

"""`runway-gateway teams`."""

import json
from pathlib import Path

from tests.gateway.commands.conftest import Terminal


def test_a_team_is_added_with_a_budget(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "budget", "--name", "Budget", "--credits-per-day", "500")

    shown = json.loads(terminal.ok("teams", "show", "budget"))
    assert shown["name"] == "Budget"
    assert shown["policy"] == {"limits": [{"measure": "credits", "per": "day", "amount": 500}]}


def test_limits_of_options_are_added_to_those_of_a_file(terminal: Terminal) -> None:
    policy = '{"limits": [{"measure": "running", "amount": 3}]}'

    terminal.ok("teams", "add", "both", "--policy", "-", "--credits-per-month", "50", typed=policy)

    limits = json.loads(terminal.ok("teams", "policy", "both"))["limits"]
    assert [limit["measure"] for limit in limits] == ["running", "credits"]


def test_an_id_that_was_used_before_is_refused_in_the_gateways_words(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "twice")

    again = terminal.run("teams", "add", "twice")

    assert again.exit_code == 1
    assert "was used before" in again.stderr


def test_a_wrong_id_is_refused_with_its_place(terminal: Terminal) -> None:
    refused = terminal.run("teams", "add", "Not-An-Id")

    assert refused.exit_code == 1
    assert "id: " in refused.stderr


def test_teams_are_listed_as_a_table(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "listed", "--name", "A name", "--credits-per-day", "5")

    lines = terminal.ok("teams", "list").splitlines()

    assert lines[0].split() == ["id", "name", "limits", "createdAt", "archivedAt"]
    assert "listed" in [line.split()[0] for line in lines]
    assert not [line for line in lines if line != line.rstrip()]


def test_a_list_that_was_cut_says_so(terminal: Terminal) -> None:
    for number in range(3):
        terminal.ok("teams", "add", f"cut-{number}")

    result = terminal.run("teams", "list", "--limit", "2", "--json")

    assert len(json.loads(result.stdout)) == 2
    assert "There are more" in result.stderr


def test_a_policy_is_replaced_by_a_file(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("teams", "add", "replaced", "--credits-per-day", "5")
    file = tmp_path / "policy.json"
    file.write_text('{"models": ["gen4*"]}')

    said = terminal.ok("teams", "policy", "replaced", str(file))

    assert "version 2" in said
    assert json.loads(terminal.ok("teams", "policy", "replaced")) == {"models": ["gen4*"]}


def test_a_policy_that_changed_meanwhile_is_not_replaced(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "raced")
    terminal.ok("teams", "policy", "raced", "-", typed='{"weight": 2}')

    refused = terminal.run("teams", "policy", "raced", "-", "--if-version", "1", typed='{"weight": 3}')

    assert refused.exit_code == 1
    assert json.loads(terminal.ok("teams", "policy", "raced")) == {"weight": 2}


def test_a_wrong_policy_is_refused_with_its_file_and_place(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"limits": [{"measure": "credits", "amount": 5}]}')

    refused = terminal.run("teams", "add", "wrong", "--policy", str(file))

    assert refused.exit_code == 1
    assert "policy.json: limits[0]: `credits` needs `per`" in refused.stderr


def test_a_team_is_renamed(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "renamed")

    terminal.ok("teams", "rename", "renamed", "Another name")

    assert json.loads(terminal.ok("teams", "show", "renamed"))["name"] == "Another name"


def test_archiving_asks_first(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "asked")

    declined = terminal.run("teams", "archive", "asked", typed="n\n")

    assert declined.exit_code == 1
    assert json.loads(terminal.ok("teams", "show", "asked"))["archivedAt"] is None


def test_nothing_is_asked_about_a_team_that_there_is_not(terminal: Terminal) -> None:
    refused = terminal.run("teams", "archive", "nosuch")

    assert refused.exit_code == 1
    assert "Revoke" not in refused.output
    assert "Could not find team nosuch" in refused.stderr


def test_a_team_is_archived(terminal: Terminal) -> None:
    terminal.ok("teams", "add", "archived")

    terminal.ok("teams", "archive", "archived", "--yes")

    assert json.loads(terminal.ok("teams", "show", "archived"))["archivedAt"]

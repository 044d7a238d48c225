"""`runway-gateway tasks`."""

import json

from gateway.rules.ids import KeyId, TeamId
from tests.gateway.commands.conftest import Branch, Terminal
from tests.gateway.records.support import NOW
from tests.gateway.web.office import Office


def test_an_unclear_task_is_found_and_resolved(terminal: Terminal, branch: Branch) -> None:
    _unclear(branch, "unclear")
    [task] = json.loads(terminal.ok("tasks", "list", "--team", "unclear", "--stage", "unclear", "--json"))

    terminal.ok("tasks", "resolve", task["id"], "--charged", "12.5", "--reason", "the usage page")

    [task] = json.loads(terminal.ok("tasks", "list", "--team", "unclear", "--json"))
    assert (task["stage"], task["charged"], task["basis"]) == ("done", 12.5, "resolved")


def test_tasks_are_listed_as_a_table(terminal: Terminal, branch: Branch) -> None:
    _unclear(branch, "tabled")

    lines = terminal.ok("tasks", "list", "--team", "tabled").splitlines()

    assert lines[0].split()[1:3] == ["team", "model"]
    assert lines[1].split()[1:4] == ["tabled", "gen4_turbo", "unclear"]


def test_an_unknown_task_is_refused(terminal: Terminal) -> None:
    refused = terminal.run("tasks", "resolve", "no/thing", "--charged", "1", "--reason", "a guess")

    assert refused.exit_code == 1


def test_a_stage_that_there_is_not_is_refused_with_those_that_are(terminal: Terminal) -> None:
    refused = terminal.run("tasks", "list", "--stage", "lost")

    assert refused.exit_code == 2
    assert "unclear" in refused.stderr


def _unclear(branch: Branch, team: str) -> None:
    async def lose(office: Office) -> None:
        await office.add_team(team)
        key = KeyId((await office.add_key(team)).json()["id"])
        started = await office.records.running(team=TeamId(team), key=key)
        await office.records.stages.unclear(started, at=NOW, due_at=NOW)

    branch.carry_out(lose)

"""`runway-gateway usage`."""

import json

from gateway.rules.credits import Credits
from gateway.rules.ids import KeyId, TeamId
from tests.gateway.commands.conftest import Branch, Terminal
from tests.gateway.records.support import NOW, succeeded
from tests.gateway.web.office import Office

MARCH = ("--from", "2026-03-01", "--to", "2026-04-01")


def test_usage_is_shown_as_a_table_with_its_total(terminal: Terminal, branch: Branch) -> None:
    _spend(branch, "first", "second")

    lines = terminal.ok("usage", *MARCH, "--by", "team").splitlines()

    assert lines[0] == "From 2026-03-01 to before 2026-04-01, UTC, in credits"
    assert lines[2].split() == [
        *("team", "generations", "tasks", "spent", "reserved", "refunded", "saved", "unclear"),
    ]
    assert ["first", "1", "1", "12.5", "0", "0", "0", "0"] in [line.split() for line in lines]
    assert lines[-1].split()[0] == "total"


def test_a_total_is_exact(terminal: Terminal, branch: Branch) -> None:
    _spend(branch, "third", "fourth")

    lines = terminal.ok("usage", *MARCH, "--by", "team").splitlines()

    spent = [float(line.split()[3]) for line in lines[3:]]
    assert spent[-1] == sum(spent[:-1])


def test_a_period_without_an_end_is_told_so(terminal: Terminal) -> None:
    lines = terminal.ok("usage", "--from", "2026-03-01T12:00:00Z").splitlines()

    assert lines[0] == "From 2026-03-01T12:00:00Z to now, UTC, in credits"


def test_usage_is_printed_as_json_for_programs(terminal: Terminal) -> None:
    report = json.loads(terminal.ok("usage", "--from", "2020-01-01", "--to", "2020-02-01", "--json"))

    assert report == {
        "from": "2020-01-01T00:00:00Z",
        "to": "2020-02-01T00:00:00Z",
        "by": ["team", "model"],
        "data": [],
    }


def test_a_wrong_group_is_answered_with_the_right_ones(terminal: Terminal) -> None:
    refused = terminal.run("usage", "--by", "colour")

    assert refused.exit_code == 1
    assert "team, key, model, operation, day" in refused.stderr


def _spend(branch: Branch, *teams: str) -> None:
    async def spend(office: Office) -> None:
        for team in teams:
            await office.add_team(team)
            key = KeyId((await office.add_key(team)).json()["id"])
            started = await office.records.running(team=TeamId(team), key=key)
            await office.records.stages.close(started.id, succeeded(Credits(12_500)), at=NOW)

    branch.carry_out(spend)

"""Usage over HTTP."""

from datetime import UTC, datetime

import pytest

from gateway.rules.credits import Credits
from gateway.rules.ids import KeyId
from tests.gateway.records.support import NOW, succeeded
from tests.gateway.web.office import Office

PATH = "/admin/v1/usage"


async def test_it_adds_up_the_current_month_by_team_and_model(office: Office) -> None:
    await _spend(office, 12_500)

    report = (await office.http.get(PATH)).json()

    assert (report["from"], report["to"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
    assert report["data"] == [
        {
            "team": "ads",
            "model": "gen4_turbo",
            "generations": 1,
            "tasks": 1,
            "spent": 12.5,
            "reserved": 0,
            "refunded": 0,
            "saved": 0,
            "unclear": 0,
        }
    ]


async def test_whole_credits_are_shown_as_whole_numbers(office: Office) -> None:
    await _spend(office, 25_000)

    report = await office.http.get(PATH)

    assert '"spent":25,' in report.text


async def test_only_the_fields_that_were_asked_for_are_there(office: Office) -> None:
    await _spend(office, 25_000)

    [row] = (await office.http.get(PATH, params={"by": "day"})).json()["data"]

    assert row["day"] == "2026-03-10"
    assert "team" not in row


async def test_another_month_is_not_counted(office: Office) -> None:
    await _spend(office, 25_000)
    office.clock.at = datetime(2026, 4, 1, tzinfo=UTC)

    report = await office.http.get(PATH)

    assert report.json()["data"] == []


@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        ("2026-03-10", "2026-03-11", 1),
        ("2026-03-09", "2026-03-10", 0),
        ("2026-03-10T12:30:00Z", None, 1),
        ("2026-03-10T14:30:00+01:00", None, 0),
        (None, "2026-03-10T12:30:00Z", 0),
    ],
)
async def test_a_period_holds_its_start_and_not_its_end(
    office: Office, start: str | None, end: str | None, rows: int
) -> None:
    await _spend(office, 25_000)
    period = {name: value for name, value in (("from", start), ("to", end)) if value is not None}

    report = await office.http.get(PATH, params=period)

    assert len(report.json()["data"]) == rows


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "colour"},
        {"by": ""},
        {"from": "yesterday"},
        {"from": "2026-13-01"},
        {"from": "2026-03-10T12:30:00"},
        {"to": "0001-01-01T00:00:00+23:00"},
        {"from": "2026-03-10", "to": "2026-03-10"},
    ],
)
async def test_what_cannot_be_added_up_is_refused(office: Office, asked: dict[str, str]) -> None:
    refused = await office.http.get(PATH, params=asked)

    assert refused.status_code == 400


async def test_a_wrong_group_is_answered_with_the_right_ones(office: Office) -> None:
    refused = await office.http.get(PATH, params={"by": "team,colour"})

    assert "team, key, model, operation, day" in refused.json()["error"]


async def _spend(office: Office, charged: int) -> None:
    await office.add_team()
    key = KeyId((await office.add_key()).json()["id"])
    started = await office.records.running(key=key)
    await office.records.stages.close(started.id, succeeded(Credits(charged)), at=NOW)

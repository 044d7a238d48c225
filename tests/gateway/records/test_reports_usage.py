"""Sums and counts, on both stores."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from gateway.ports.reports import Standing, UsageRow
from gateway.records.reports import SqlReports
from gateway.rules.credits import Credits
from gateway.rules.generation import Basis, Outcome, Stage
from gateway.rules.ids import ReservationId
from gateway.rules.settlement import Settlement
from tests.gateway.records.support import (
    ADS,
    ADS_KEY,
    ART,
    ART_KEY,
    LATER,
    NOW,
    RESERVED,
    Records,
    failed,
    follower,
    succeeded,
)

RESOLVED = Settlement(Outcome(succeeded=False), Credits(9_000), Basis.RESOLVED)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def reports(records: Records) -> SqlReports:
    return SqlReports(records.database)


async def total(reports: SqlReports) -> UsageRow:
    (row,) = await reports.usage(start=None, end=None, by=())
    return row


# --- the words of the money ---


async def test_where_nothing_happened_everything_is_nought(reports: SqlReports) -> None:
    assert await total(reports) == UsageRow()
    assert await reports.usage(start=None, end=None, by=("team",)) == []


async def test_what_is_open_is_reserved_and_counts(records: Records, reports: SqlReports) -> None:
    await records.recorded()
    await records.running()

    assert await total(reports) == UsageRow(generations=2, tasks=2, reserved=Credits(2 * RESERVED))


async def test_what_was_charged_is_spent_and_counts(records: Records, reports: SqlReports) -> None:
    new = await records.running()
    await records.stages.close(new.id, succeeded(20_000), at=LATER)

    assert await total(reports) == UsageRow(generations=1, tasks=1, spent=Credits(20_000))


async def test_what_was_charged_nothing_is_refunded_and_does_not_count(
    records: Records, reports: SqlReports
) -> None:
    new = await records.running()
    await records.stages.close(new.id, failed(0), at=LATER)
    await records.stages.finish(await records.fence(), new.id)

    assert await total(reports) == UsageRow(tasks=1, refunded=RESERVED)


async def test_what_nobody_knows_is_unclear_and_not_reserved(records: Records, reports: SqlReports) -> None:
    new = await records.running()
    await records.stages.unclear(new, at=LATER, due_at=LATER)

    assert await total(reports) == UsageRow(generations=1, tasks=1, unclear=RESERVED)


async def test_what_an_administrator_resolved_is_spent(records: Records, reports: SqlReports) -> None:
    new = await records.running()
    await records.stages.unclear(new, at=LATER, due_at=LATER)
    await records.stages.close(new.id, RESOLVED, at=LATER)

    assert await total(reports) == UsageRow(generations=1, tasks=1, spent=Credits(9_000))


async def test_a_corrected_reservation_counts_as_corrected(records: Records, reports: SqlReports) -> None:
    new = await records.running()
    await records.stages.correct(await records.fence(), new.id, Credits(30_000))

    assert (await total(reports)).reserved == 30_000


async def test_an_unusable_id_is_no_usage(records: Records, reports: SqlReports) -> None:
    await records.running()
    await records.stages.void(ReservationId("never-recorded"))

    rows = await reports.usage(start=None, end=None, by=("team",))

    assert [row.team for row in rows] == [ADS]


# --- whose it is ---


async def test_a_reuse_is_saved_by_the_reusing_team_and_spent_by_the_payer(
    records: Records, reports: SqlReports
) -> None:
    paid = await records.running(fingerprint="same")
    await records.admissions.join("same", follower(saved=RESERVED), not_before=NOW)
    await records.stages.close(paid.id, succeeded(), at=LATER)

    rows = await reports.usage(start=None, end=None, by=("team",))

    assert rows == [
        UsageRow(team=ADS, generations=1, tasks=1, spent=RESERVED),
        UsageRow(team=ART, tasks=1, saved=RESERVED),
    ]


async def test_nothing_is_saved_by_sharing_what_came_to_nothing(
    records: Records, reports: SqlReports
) -> None:
    paid = await records.running(fingerprint="same")
    await records.admissions.join("same", follower(saved=RESERVED), not_before=NOW)
    await records.stages.close(paid.id, failed(), at=LATER)

    rows = await reports.usage(start=None, end=None, by=("team",), team=ART)

    assert rows == [UsageRow(team=ART, tasks=1)]


async def test_usage_of_one_team_leaves_the_others_out(records: Records, reports: SqlReports) -> None:
    await records.running(fingerprint="same")
    await records.admissions.join("same", follower(saved=RESERVED), not_before=NOW)

    assert await reports.usage(start=None, end=None, by=("team",), team=ART) == [
        UsageRow(team=ART, tasks=1, saved=RESERVED)
    ]


async def test_usage_is_grouped_by_all_that_was_asked_for(records: Records, reports: SqlReports) -> None:
    await records.running(model="gen4.5")
    await records.running(team=ART, key=ART_KEY, operation="text_to_image")

    rows = await reports.usage(start=None, end=None, by=("team", "key", "model", "operation", "day"))

    one = UsageRow(day=date(2026, 3, 10), generations=1, tasks=1, reserved=RESERVED)
    assert rows == [
        structs.replace(one, team=ADS, key=ADS_KEY, model="gen4.5", operation="image_to_video"),
        structs.replace(one, team=ART, key=ART_KEY, model="gen4_turbo", operation="text_to_image"),
    ]


async def test_groups_stand_in_the_order_in_which_they_were_asked_for(
    records: Records, reports: SqlReports
) -> None:
    await records.running(model="b")
    await records.running(team=ART, model="a")

    by_team = await reports.usage(start=None, end=None, by=("team", "model"))
    by_model = await reports.usage(start=None, end=None, by=("model", "team"))

    assert [row.team for row in by_team] == [ADS, ART]
    assert [row.model for row in by_model] == ["a", "b"]


async def test_a_group_that_is_named_twice_counts_once(records: Records, reports: SqlReports) -> None:
    await records.running()

    rows = await reports.usage(start=None, end=None, by=("team", "team"))

    assert rows == [UsageRow(team=ADS, generations=1, tasks=1, reserved=RESERVED)]


async def test_an_unknown_group_is_refused_with_those_that_there_are(reports: SqlReports) -> None:
    with pytest.raises(ValueError, match="by team, key, model, operation, day, not by `prompt`"):
        await reports.usage(start=None, end=None, by=("team", "prompt"))


# --- when it was ---


async def test_days_change_at_midnight_utc(records: Records, reports: SqlReports) -> None:
    await records.running(created_at=MIDNIGHT - MOMENT)
    await records.running(created_at=MIDNIGHT)

    rows = await reports.usage(start=None, end=None, by=("day",))

    assert [(row.day, row.generations) for row in rows] == [(date(2026, 3, 10), 1), (date(2026, 3, 11), 1)]


async def test_usage_counts_from_the_start_on_and_before_the_end(
    records: Records, reports: SqlReports
) -> None:
    for created_at in (NOW - MOMENT, NOW, LATER - MOMENT, LATER):
        await records.running(created_at=created_at)

    (row,) = await reports.usage(start=NOW, end=LATER, by=())

    assert (row.generations, row.tasks) == (2, 2)


# --- standing and daily counts ---


async def test_what_is_not_done_is_counted_by_model_and_stage(records: Records, reports: SqlReports) -> None:
    for created_at in (LATER, NOW):
        await records.running(created_at=created_at)
    await records.running(model="gen4.5", reserved=Credits(1_000))
    await records.recorded()

    standing = await reports.standing()

    assert sorted(standing, key=lambda part: (part.model, part.stage)) == [
        standing_of("gen4.5", Stage.RUNNING, generations=1, reserved=1_000),
        standing_of("gen4_turbo", Stage.QUEUED, generations=1, reserved=RESERVED),
        standing_of("gen4_turbo", Stage.RUNNING, generations=2, reserved=2 * RESERVED),
    ]


async def test_what_closes_stands_until_it_is_done(records: Records, reports: SqlReports) -> None:
    new = await records.running()
    await records.stages.close(new.id, succeeded(), at=LATER)

    closing = await reports.standing()
    await records.stages.finish(await records.fence(), new.id)

    assert [part.stage for part in closing] == [Stage.CLOSING]
    assert await reports.standing() == []


async def test_generations_are_counted_by_model_since_an_instant(
    records: Records, reports: SqlReports
) -> None:
    await records.running(created_at=NOW - MOMENT)
    await records.running(created_at=NOW)
    await records.running(model="gen4.5")
    await records.running(team=ART)

    assert await reports.daily_generations(team=ADS, since=NOW) == {"gen4_turbo": 1, "gen4.5": 1}
    assert await reports.daily_generations(team=None, since=NOW) == {"gen4_turbo": 2, "gen4.5": 1}


async def test_what_was_refunded_is_no_generation_of_the_day(records: Records, reports: SqlReports) -> None:
    new = await records.running()
    await records.stages.close(new.id, failed(0), at=LATER)

    assert await reports.daily_generations(team=ADS, since=NOW) == {}


def standing_of(model: str, stage: Stage, *, generations: int, reserved: int) -> Standing:
    return Standing(
        model=model,
        stage=stage,
        generations=generations,
        reserved=Credits(reserved),
        oldest_created_at=NOW,
    )

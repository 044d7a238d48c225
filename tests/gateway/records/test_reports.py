"""Lists in pages, on both stores."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.ports.reports import Page
from gateway.records.reports import SqlReports
from gateway.rules.credits import Credits
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Generation, Stage
from gateway.rules.ids import KeyId, TeamId, team_owner
from gateway.rules.policy import Limit, Measure, Per, Policy
from tests.gateway.records.support import (
    ADS,
    ADS_KEY,
    ART,
    LATER,
    NOW,
    RESERVED,
    Records,
    failed,
    follower,
    generation,
    key,
    succeeded,
    task,
    team,
)

BUDGET = Policy(limits=(Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500),))
SECOND = timedelta(seconds=1)

Read = Callable[[Page], Awaitable[tuple[Sequence[Any], str | None]]]


@pytest.fixture
def reports(records: Records) -> SqlReports:
    return SqlReports(records.database)


# --- teams and keys ---


async def test_teams_are_listed_by_id_with_their_policies(records: Records, reports: SqlReports) -> None:
    for id in ("film", "ads", "art"):
        await records.directory.add_team(team(TeamId(id), policy=BUDGET), actor="admin")

    listed, cursor = await reports.teams(Page())

    assert listed == [team(TeamId(id), policy=BUDGET) for id in ("ads", "art", "film")]
    assert cursor is None


async def test_a_team_is_listed_with_the_newest_version_of_its_policy(
    records: Records, reports: SqlReports
) -> None:
    await records.directory.add_team(team(), actor="admin")
    await records.directory.set_policy(team_owner(ADS), BUDGET, if_version=1, actor="admin", at=LATER)

    listed, _ = await reports.teams(Page())

    assert listed == [team(policy=BUDGET, version=2)]


async def test_archived_teams_and_revoked_keys_are_listed_too(records: Records, reports: SqlReports) -> None:
    await records.directory.add_team(team(), actor="admin")
    await records.directory.add_key(key(), "hash", actor="admin")
    await records.directory.archive_team(ADS, actor="admin", at=LATER)

    teams, _ = await reports.teams(Page())
    keys, _ = await reports.keys(Page(), team=None)

    assert teams == [team(archived_at=LATER)]
    assert keys == [key(revoked_at=LATER)]


async def test_keys_are_listed_newest_first(records: Records, reports: SqlReports) -> None:
    made = await three_keys(records)

    listed, _ = await reports.keys(Page(), team=None)

    assert [each.id for each in listed] == made[::-1]


async def test_keys_of_one_team_are_listed_alone(records: Records, reports: SqlReports) -> None:
    await three_keys(records)
    await records.directory.add_team(team(ART), actor="admin")
    await records.directory.add_key(key(KeyId("art-key"), ART), "of art", actor="admin")

    listed, _ = await reports.keys(Page(), team=ART)

    assert [each.id for each in listed] == ["art-key"]


# --- tasks ---


async def test_a_task_is_listed_with_what_its_generation_holds(records: Records, reports: SqlReports) -> None:
    new = await records.running()

    (listed,), _ = await reports.tasks(Page(), team=None, stage=None)

    assert (listed.generation, listed.team, listed.key) == (new.id, ADS, ADS_KEY)
    assert (listed.operation, listed.model) == (new.operation, new.model)
    assert (listed.stage, listed.status, listed.upstream_id) == (Stage.RUNNING, "PENDING", f"up-{new.id}")
    assert (listed.pays, listed.reserved, listed.charged) == (True, RESERVED, None)
    assert (listed.created_at, listed.finished_at, listed.detached_at) == (NOW, None, None)


async def test_a_failed_task_is_listed_with_its_code_and_charge(
    records: Records, reports: SqlReports
) -> None:
    new = await records.running()
    await records.stages.close(new.id, failed(7_000), at=LATER)

    (listed,), _ = await reports.tasks(Page(), team=None, stage=None)

    assert (listed.status, listed.failure_code) == ("FAILED", "INTERNAL")
    assert (listed.charged, listed.basis, listed.finished_at) == (7_000, "observed", LATER)


async def test_a_reusing_task_costs_nothing_in_the_list(records: Records, reports: SqlReports) -> None:
    paid = await records.running(fingerprint="same")
    await records.admissions.join("same", follower(created_at=LATER), not_before=NOW)
    await records.stages.close(paid.id, succeeded(), at=LATER)

    (reusing, paying), _ = await reports.tasks(Page(), team=None, stage=None)

    assert (reusing.team, reusing.pays, reusing.reserved, reusing.charged) == (ART, False, 0, 0)
    assert (paying.team, paying.pays, paying.reserved, paying.charged) == (ADS, True, RESERVED, RESERVED)


async def test_a_task_of_nobody_knows_what_shows_failed_once_it_was_given_up(
    records: Records, reports: SqlReports
) -> None:
    long_ago = NOW - UNCLEAR_SHOWN_RUNNING * 1000
    new = await records.running()
    await records.stages.unclear(new, at=long_ago, due_at=NOW)

    (listed,), _ = await reports.tasks(Page(), team=None, stage=None)

    assert (listed.stage, listed.status, listed.failure_code) == (Stage.UNCLEAR, "FAILED", "INTERNAL")
    assert listed.charged is None


async def test_a_detached_task_is_listed_too(records: Records, reports: SqlReports) -> None:
    new = generation()
    paying = task(new)
    await records.admissions.record(await records.fence(), new, paying)
    await records.stages.detach(paying.id, ADS, at=LATER)

    (listed,), _ = await reports.tasks(Page(), team=None, stage=None)

    assert listed.detached_at == LATER


async def test_tasks_are_listed_newest_first(records: Records, reports: SqlReports) -> None:
    made = await three_generations(records)

    listed, _ = await reports.tasks(Page(), team=None, stage=None)

    assert [each.generation for each in listed] == [each.id for each in made[::-1]]


async def test_tasks_of_one_team_are_listed_alone(records: Records, reports: SqlReports) -> None:
    await three_generations(records)
    of_art = await records.recorded(team=ART)

    listed, _ = await reports.tasks(Page(), team=ART, stage=None)

    assert [each.generation for each in listed] == [of_art.id]


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.RUNNING, Stage.UNCLEAR, Stage.CLOSING, Stage.DONE])
async def test_tasks_of_one_stage_are_listed_alone(
    records: Records, reports: SqlReports, stage: Stage
) -> None:
    by_stage = await one_of_each(records)

    listed, _ = await reports.tasks(Page(), team=None, stage=stage)

    assert [each.generation for each in listed] == [by_stage[stage].id]


async def test_tasks_of_one_team_and_stage_are_listed_alone(records: Records, reports: SqlReports) -> None:
    await one_of_each(records)

    assert await reports.tasks(Page(), team=ART, stage=Stage.DONE) == ([], None)


# --- entries and audit ---


async def test_the_book_is_listed_newest_first_with_what_was_generated(
    records: Records, reports: SqlReports
) -> None:
    new = await records.running()
    await records.stages.correct(await records.fence(), new.id, Credits(20_000))
    await records.stages.close(new.id, succeeded(18_000), at=LATER)

    listed, cursor = await reports.entries(Page(), team=None)

    assert [(line.kind, line.amount) for line in listed] == [
        ("closed", 18_000),
        ("corrected", 20_000),
        ("reserved", RESERVED),
    ]
    closed = listed[0]
    assert (closed.generation, closed.team, closed.key, closed.at) == (new.id, ADS, ADS_KEY, LATER)
    assert (closed.operation, closed.model, closed.basis) == (new.operation, new.model, "observed")
    assert cursor is None


async def test_a_reuse_stands_in_the_book_of_the_team_that_reused(
    records: Records, reports: SqlReports
) -> None:
    await records.running(fingerprint="same")
    reusing = follower(saved=RESERVED)
    await records.admissions.join("same", reusing, not_before=NOW)

    (line,), _ = await reports.entries(Page(), team=ART)

    assert (line.kind, line.amount, line.task, line.team) == ("reused", RESERVED, reusing.id, ART)


async def test_changes_by_administrators_are_listed_newest_first(
    records: Records, reports: SqlReports
) -> None:
    await records.directory.add_team(team(), actor="admin")
    await records.directory.rename_team(ADS, "Advertising", actor="root", at=LATER)

    (renamed, added), _ = await reports.audit(Page())

    assert (added.actor, added.action, added.subject, added.at) == ("admin", "team.add", "team/ads", NOW)
    assert (renamed.actor, renamed.action, renamed.at) == ("root", "team.rename", LATER)
    assert "Advertising" in renamed.detail


# --- pages ---


async def test_pages_follow_each_other_without_gap_or_repetition(
    records: Records, reports: SqlReports
) -> None:
    await three_keys(records)
    await three_generations(records)
    for id in ("art", "film"):
        await records.directory.add_team(team(TeamId(id)), actor="admin")

    for read in every_list(reports):
        whole, none = await read(Page())
        assert none is None
        assert await in_pages(read, 1) == whole
        assert await in_pages(read, 2) == whole


async def test_tasks_of_the_same_instant_are_paged_one_by_one(records: Records, reports: SqlReports) -> None:
    for _ in range(5):
        await records.recorded(created_at=NOW)

    paged = await in_pages(lambda page: reports.tasks(page, team=None, stage=None), 2)

    assert len({each.id for each in paged}) == len(paged) == 5


async def test_what_is_new_does_not_shift_the_next_page(records: Records, reports: SqlReports) -> None:
    made = await three_generations(records)
    _, cursor = await reports.tasks(Page(limit=2), team=None, stage=None)
    await records.recorded(created_at=LATER)

    listed, _ = await reports.tasks(Page(limit=2, cursor=cursor), team=None, stage=None)

    assert [each.generation for each in listed] == [made[0].id]


async def test_a_page_that_is_full_to_the_last_row_is_the_last(records: Records, reports: SqlReports) -> None:
    await three_generations(records)

    listed, cursor = await reports.tasks(Page(limit=3), team=None, stage=None)

    assert (len(listed), cursor) == (3, None)


async def test_a_cursor_of_another_list_is_refused(records: Records, reports: SqlReports) -> None:
    await three_generations(records)
    _, cursor = await reports.tasks(Page(limit=1), team=None, stage=None)

    with pytest.raises(ValueError, match="`cursor` is not one that an earlier page gave"):
        await reports.audit(Page(cursor=cursor))


# --- what the tests begin with ---


def every_list(reports: SqlReports) -> list[Read]:
    return [
        reports.teams,
        reports.audit,
        lambda page: reports.keys(page, team=None),
        lambda page: reports.keys(page, team=ADS),
        lambda page: reports.tasks(page, team=None, stage=None),
        lambda page: reports.tasks(page, team=ADS, stage=Stage.QUEUED),
        lambda page: reports.entries(page, team=None),
        lambda page: reports.entries(page, team=ADS),
    ]


async def in_pages(read: Read, limit: int) -> list[Any]:
    listed: list[Any] = []
    page = Page(limit)
    while True:
        rows, cursor = await read(page)
        listed += rows
        if cursor is None:
            return listed
        page = structs.replace(page, cursor=cursor)


async def three_keys(records: Records) -> list[KeyId]:
    await records.directory.add_team(team(), actor="admin")
    ids = [KeyId("c"), KeyId("a"), KeyId("b")]
    for place, id in enumerate(ids):
        await records.directory.add_key(key(id, created_at=NOW + place * SECOND), f"hash-{id}", actor="admin")
    return ids


async def three_generations(records: Records) -> list[Generation]:
    return [await records.recorded(created_at=NOW + place * SECOND) for place in range(3)]


async def one_of_each(records: Records) -> dict[Stage, Generation]:
    unclear, closing, done = [await records.running() for _ in range(3)]
    await records.stages.unclear(unclear, at=LATER, due_at=LATER)
    for each in (closing, done):
        await records.stages.close(each.id, succeeded(), at=LATER)
    await records.stages.finish(await records.fence(), done.id)
    return {
        Stage.QUEUED: await records.recorded(),
        Stage.RUNNING: await records.running(),
        Stage.UNCLEAR: unclear,
        Stage.CLOSING: closing,
        Stage.DONE: done,
    }

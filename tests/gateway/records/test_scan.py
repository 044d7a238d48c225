from datetime import datetime, timedelta

import pytest

from gateway.rules.credits import Credits
from gateway.rules.fence import LAYOUT, Fence
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import ORGANIZATION, KeyId, ReservationId, team_owner
from gateway.rules.policy import EMPTY, Limit, Measure, Per, Policy
from gateway.rules.rebuild import CLOCKS_APART_MAX, Spent
from tests.gateway.records.support import ADS, ADS_KEY, ART, ART_KEY, LATER, NOW, Records, succeeded, team

MONTH = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _limited(per: Per) -> Policy:
    return Policy(limits=(Limit(Measure.CREDITS, 500, per=per),))


@pytest.fixture
async def limited(records: Records) -> Records:
    """Records with a limit that reaches a month back."""
    await records.directory.add_team(team(policy=_limited(Per.MONTH)), actor="admin")
    return records


async def _closed(records: Records, charged: int, **changes: object) -> Generation:
    running = await records.running(**changes)
    closed = await records.stages.close(running.id, succeeded(charged), at=LATER)
    assert closed is not None
    return closed


async def test_a_rebuild_raises_the_epoch(records: Records) -> None:
    before = await records.fence()

    scan = await records.stages.rebuild_scan(NOW)
    assert scan is not None

    assert scan.fence == Fence(before.epoch + 1, before.policies, LAYOUT)
    assert await records.fence() == scan.fence


async def test_a_rebuild_goes_past_an_epoch_that_the_records_forgot(records: Records) -> None:
    scan = await records.stages.rebuild_scan(NOW, above=41)
    assert scan is not None

    assert scan.fence.epoch == 42


async def test_closed_generations_are_added_up(limited: Records) -> None:
    await _closed(limited, 20_000)
    done = await _closed(limited, 5_000, created_at=NOW + timedelta(days=1))
    await limited.stages.finish(await limited.fence(), done.id)

    scan = await limited.stages.rebuild_scan(NOW)
    assert scan is not None

    assert scan.closed == [Spent(ADS, ADS_KEY, "gen4_turbo", MONTH, Credits(25_000), 2)]


async def test_what_was_not_charged_does_not_count_as_a_generation(limited: Records) -> None:
    await _closed(limited, 0)

    scan = await limited.stages.rebuild_scan(NOW)
    assert scan is not None

    assert scan.closed == []


@pytest.mark.parametrize(
    "other",
    [
        {"team": ART, "key": ART_KEY},
        {"key": KeyId("ads-2")},
        {"model": "gen4.5"},
        {"created_at": MONTH + timedelta(days=32)},
    ],
)
async def test_what_differs_is_added_up_apart(limited: Records, other: dict[str, object]) -> None:
    await _closed(limited, 20_000)
    await _closed(limited, 5_000, **other)

    scan = await limited.stages.rebuild_scan(NOW)
    assert scan is not None

    assert sorted(spent.credits for spent in scan.closed) == [5_000, 20_000]


async def test_what_is_open_is_told_one_by_one(records: Records) -> None:
    queued, running = await records.recorded(), await records.running()
    unclear = await records.running()
    await records.stages.unclear(unclear, at=NOW, due_at=NOW)
    await _closed(records, 20_000)
    await records.stages.void(ReservationId("never-recorded"))

    scan = await records.stages.rebuild_scan(NOW)
    assert scan is not None

    stages = {generation.id: generation.stage for generation in scan.open}
    assert stages == {queued.id: Stage.QUEUED, running.id: Stage.RUNNING, unclear.id: Stage.UNCLEAR}


async def test_every_policy_is_told(records: Records) -> None:
    await records.directory.add_team(team(policy=_limited(Per.TOTAL)), actor="admin")

    scan = await records.stages.rebuild_scan(NOW)
    assert scan is not None

    assert scan.policies == {ORGANIZATION: EMPTY, team_owner(ADS): _limited(Per.TOTAL)}


@pytest.mark.parametrize(
    ("per", "begin"),
    [
        (Per.HOUR, NOW.replace(minute=0) - CLOCKS_APART_MAX),
        (Per.DAY, NOW.replace(hour=0, minute=0)),
        (Per.ROLLING_DAY, NOW.replace(minute=0) - CLOCKS_APART_MAX - timedelta(hours=24)),
        (Per.MONTH, MONTH),
    ],
)
async def test_spending_that_no_limit_reaches_is_left_out(
    records: Records, per: Per, begin: datetime
) -> None:
    await records.directory.add_team(team(policy=_limited(per)), actor="admin")
    await _closed(records, 1_000)
    await _closed(records, 5_000, created_at=begin)
    await _closed(records, 20_000, created_at=begin - timedelta(microseconds=1))

    scan = await records.stages.rebuild_scan(NOW)
    assert scan is not None

    assert sum(spent.credits for spent in scan.closed) == 6_000


async def test_the_window_in_which_a_generation_was_made_that_waits_is_reached(records: Records) -> None:
    await records.directory.add_team(team(policy=_limited(Per.DAY)), actor="admin")
    await _closed(records, 1_000, created_at=NOW - timedelta(days=5))
    await records.recorded(created_at=NOW - timedelta(days=5))

    scan = await records.stages.rebuild_scan(NOW)
    assert scan is not None

    assert [spent.credits for spent in scan.closed] == [1_000]


async def test_a_limit_for_ever_reaches_all_spending(records: Records) -> None:
    await records.directory.add_team(team(policy=_limited(Per.TOTAL)), actor="admin")
    await _closed(records, 20_000, created_at=NOW - timedelta(days=3_000))
    await _closed(records, 5_000)

    scan = await records.stages.rebuild_scan(NOW)
    assert scan is not None

    assert sum(spent.credits for spent in scan.closed) == 25_000

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import create_engine, func, update

from gateway.ports.records import RecordsAway, Seen
from gateway.records.board import OVERLAP_READINGS, MemoryBoard
from gateway.records.database import Database
from gateway.records.engines import to_url
from gateway.records.sight import SqlSight
from gateway.records.tables import generations
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Generation, Stage, Status
from gateway.rules.ids import GenerationId, ReservationId, TaskId, UpstreamId
from gateway.rules.settlement import Observation
from tests.gateway.flows.barrier import barrier
from tests.gateway.records.support import (
    ADS,
    LATER,
    LONG_AGO,
    NOW,
    Records,
    follower,
    generation,
    succeeded,
    task,
)


class StillClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def board(records: Records, clock: StillClock) -> MemoryBoard:
    return MemoryBoard(records.sight, clock)


@pytest.fixture
async def seen(records: Records, board: MemoryBoard) -> Seen:
    """A recorded task that stands on the board."""
    new = generation(fingerprint="same")
    paying = task(new)
    await records.admissions.record(await records.fence(), new, paying)
    await board.refresh()
    board.put(Seen(paying, new))
    return Seen(paying, new)


def _shown(board: MemoryBoard, id: TaskId) -> dict[str, Any]:
    shown = board.shown(id)
    assert shown is not None
    return msgspec.json.decode(shown.body, type=dict[str, Any])


async def _start(records: Records, of: Generation) -> None:
    await records.stages.started(of.id, UpstreamId("upstream-1"), answer=None, at=NOW, due_at=NOW)
    await records.stages.observe(of.id, Observation(Status.RUNNING, progress=0.5), at=NOW, due_at=NOW)


async def test_a_task_that_was_put_is_shown(board: MemoryBoard, seen: Seen) -> None:
    shown = board.shown(seen.task.id)

    assert shown is not None
    assert (shown.team, shown.expires_at) == (ADS, None)
    assert _shown(board, seen.task.id)["status"] == "THROTTLED"


async def test_what_is_not_here_is_loaded_and_stays(records: Records, board: MemoryBoard) -> None:
    new = generation()
    paying = task(new)
    await records.admissions.record(await records.fence(), new, paying)

    loaded = await board.load(paying.id)

    assert loaded is not None
    assert board.shown(paying.id) == loaded


async def test_there_is_nothing_to_load_of_an_unknown_task(board: MemoryBoard) -> None:
    assert await board.load(TaskId("unknown")) is None
    assert board.shown(TaskId("unknown")) is None


async def test_an_update_shows_in_every_task_of_the_generation(
    records: Records, board: MemoryBoard, seen: Seen
) -> None:
    joined = await records.admissions.join("same", follower(), not_before=LONG_AGO)
    assert joined is not None
    board.put(joined)

    board.update(structs.replace(seen.generation, stage=Stage.FORWARDING))

    statuses = [_shown(board, id)["status"] for id in (seen.task.id, joined.task.id)]
    assert statuses == ["PENDING", "PENDING"]


async def test_what_another_process_wrote_is_shown_after_a_refresh(
    elsewhere: Records, board: MemoryBoard, seen: Seen
) -> None:
    await _start(elsewhere, seen.generation)

    await board.refresh()

    assert _shown(board, seen.task.id)["progress"] == 0.5


async def test_a_task_that_left_elsewhere_is_dropped_by_a_refresh(
    elsewhere: Records, board: MemoryBoard, seen: Seen
) -> None:
    await elsewhere.stages.detach(seen.task.id, ADS, at=LATER)

    await board.refresh()

    assert board.shown(seen.task.id) is None


async def test_a_task_that_pays_from_now_on_shows_its_cost(
    elsewhere: Records, board: MemoryBoard, seen: Seen
) -> None:
    joined = await elsewhere.admissions.join("same", follower(), not_before=LONG_AGO)
    assert joined is not None
    board.put(joined)
    await elsewhere.stages.promote(
        await elsewhere.fence(), seen.generation.id, joined.task, ReservationId("another-reservation")
    )

    await board.refresh()

    assert _shown(board, joined.task.id)["estimatedCost"] == {"credits": 25}
    assert _shown(board, seen.task.id)["estimatedCost"] == {"credits": 0}


async def test_what_has_ended_never_goes_on_again(records: Records, board: MemoryBoard, seen: Seen) -> None:
    await _start(records, seen.generation)
    before = await records.sight.task(seen.task.id)
    closed = await records.stages.close(seen.generation.id, succeeded(), at=LATER)
    assert before is not None
    assert closed is not None
    board.update(closed)

    board.update(before.generation)
    board.put(before)

    assert _shown(board, seen.task.id)["status"] == "SUCCEEDED"


async def test_fresh_urls_are_shown(records: Records, board: MemoryBoard, seen: Seen) -> None:
    await _start(records, seen.generation)
    await records.stages.close(seen.generation.id, succeeded(), at=LATER)
    await board.refresh()
    await records.stages.refresh(seen.generation.id, ["https://cdn.test/fresh.mp4"])

    await board.refresh()

    assert _shown(board, seen.task.id)["output"] == ["https://cdn.test/fresh.mp4"]


async def test_an_unclear_task_shows_failed_once_its_time_has_come(
    records: Records, board: MemoryBoard, seen: Seen, clock: StillClock
) -> None:
    await _start(records, seen.generation)
    await records.stages.unclear(await records.now(seen.generation.id), at=NOW, due_at=NOW)
    await board.refresh()
    before = _shown(board, seen.task.id)["status"]

    clock.time += UNCLEAR_SHOWN_RUNNING
    await board.refresh()

    assert (before, _shown(board, seen.task.id)["status"]) == ("RUNNING", "FAILED")


async def test_a_dropped_task_is_not_shown(board: MemoryBoard, seen: Seen) -> None:
    board.drop(seen.task.id)

    assert board.shown(seen.task.id) is None


async def test_the_least_recently_asked_for_goes_first(records: Records, clock: StillClock) -> None:
    board = MemoryBoard(records.sight, clock, tasks_max=2)
    first, second, third = (Seen(task(new), new) for new in (generation() for _ in range(3)))
    board.put(first)
    board.put(second)
    board.shown(first.task.id)

    board.put(third)

    kept = [seen for seen in (first, second, third) if board.shown(seen.task.id) is not None]
    assert kept == [first, third]


async def test_a_change_that_becomes_visible_late_is_shown(on_postgres: Records, clock: StillClock) -> None:
    """A transaction that was long about to commit is older than what was read meanwhile."""
    board = MemoryBoard(on_postgres.sight, clock)
    running = await on_postgres.running()
    paying = (await on_postgres.sight.tasks_of([running.id]))[0]
    board.put(paying)
    await board.refresh()
    late = create_engine(to_url(on_postgres.address))
    with late.begin() as connection:
        connection.execute(
            update(generations).values(progress=0.75, upstream_status="RUNNING", changed_at=func.store_time())
        )
        for _ in range(OVERLAP_READINGS - 1):
            on_postgres.clock.advance(timedelta(seconds=60))
            await board.refresh()

    await board.refresh()

    late.dispose()
    assert _shown(board, paying.task.id)["progress"] == 0.75


class ShortSight(SqlSight):
    """Has time for few generations in one reading, and goes away after a number of readings."""

    def __init__(self, database: Database, *, most: int) -> None:
        super().__init__(database)
        self._most = most
        self.readings_left = 1_000
        self.read: list[GenerationId] = []

    async def tasks_of(self, generations: Collection[GenerationId]) -> Sequence[Seen]:
        if len(generations) > self._most or self.readings_left == 0:
            raise RecordsAway
        self.readings_left -= 1
        self.read += generations
        return await super().tasks_of(generations)


@pytest.fixture
def sight(records: Records) -> ShortSight:
    return ShortSight(records.database, most=2)


@pytest.fixture
async def behind(records: Records, sight: ShortSight, clock: StillClock) -> MemoryBoard:
    """A board of five tasks, each of which has changed since it was read."""
    board = MemoryBoard(sight, clock, read_max=2)
    await board.refresh()
    for _ in range(5):
        new = generation()
        await records.admissions.record(await records.fence(), new, task(new))
        board.put((await records.sight.tasks_of([new.id]))[0])
        await _start(records, new)
    return board


async def test_more_changes_than_one_reading_has_time_for_are_shown(
    records: Records, sight: ShortSight, behind: MemoryBoard
) -> None:
    await behind.refresh()

    tasks = await records.sight.tasks_of(sight.read)
    assert [_shown(behind, seen.task.id)["progress"] for seen in tasks] == [0.5] * 5


async def test_what_was_read_before_the_records_went_away_is_not_read_again(
    sight: ShortSight, behind: MemoryBoard
) -> None:
    sight.readings_left = 1
    with pytest.raises(RecordsAway):
        await behind.refresh()
    sight.readings_left = 1_000

    await behind.refresh()

    assert len(sight.read) == len(set(sight.read)) == 5


async def test_a_reading_that_comes_late_is_put_right(records: Records, board: MemoryBoard) -> None:
    new = await records.recorded(fingerprint="same")
    (late,) = await records.sight.tasks_of([new.id])
    joined = await records.admissions.join("same", follower(), not_before=LONG_AGO)
    assert joined is not None
    board.put(joined)
    await _start(records, new)
    await board.refresh()

    board.put(late)
    await board.refresh()

    assert _shown(board, late.task.id)["progress"] == 0.5
    assert _shown(board, joined.task.id)["progress"] == 0.5


async def test_an_update_hides_no_task_that_left_elsewhere(records: Records, board: MemoryBoard) -> None:
    new = await records.recorded()
    board.put((await records.sight.tasks_of([new.id]))[0])
    (seen,) = await records.sight.tasks_of([new.id])
    await records.stages.detach(seen.task.id, ADS, at=LATER)

    board.update(await records.stages.started(new.id, UpstreamId("up"), answer=None, at=NOW, due_at=LATER))
    await board.refresh()

    assert board.shown(seen.task.id) is None


async def test_tasks_that_are_dropped_while_others_are_read_stay_away(
    sight: ShortSight, behind: MemoryBoard
) -> None:
    tasks = list(behind._tasks)
    with barrier(sight, "tasks_of", behind=True) as reading:
        refreshing = asyncio.ensure_future(behind.refresh())
        await reading.reached.wait()

        for id in tasks:
            behind.drop(id)

    await refreshing
    assert [behind.shown(id) for id in tasks] == [None] * 5

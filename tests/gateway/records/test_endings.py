"""The end of a transaction on PostgreSQL: what is refused as it commits is undone, and hurts nobody else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Event
from typing import LiteralString

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from gateway.ports.records import FenceMoved, Recorded, RecordsAway, SameIdempotencyKey
from gateway.records.driver import execute_all
from gateway.records.engines import Patience
from gateway.records.fencing import LOCK
from gateway.records.recording import Draft, record
from gateway.records.tables import audit, uploads
from gateway.records.transactions import execute_later, execute_now
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId, UpstreamId
from tests.gateway.records.support import ADS, LATER, NOW, Records, generation, task
from tests.support.waiting import WAIT_SECONDS_MAX, wait_until

KEY = "once"
STILL = 5.0
"""How long a transaction does nothing: longer than PostgreSQL has patience, and twice less than an answer."""
_IN_STATE = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND %s IN (state, wait_event_type)
"""
_IN_TRANSACTION = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = 'ClientRead' AND xact_start IS NOT NULL
"""
_LONG_STILL = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = 'ClientRead' AND state_change < now() - interval '1.1 s'
AND xact_start IS NOT NULL
"""
_END_COMMITTING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query = 'COMMIT' AND state = 'active'
"""
_AUDIT = sa.insert(audit).inline()
_TOUCH = sa.update(uploads).where(uploads.c.team == ADS).values(at=1).returning(uploads.c.at)


@pytest.fixture
def hasty(on_postgres: Records) -> Iterator[Records]:
    """The same records with little patience for locks, and for a transaction that does nothing."""
    patience = Patience(answer=30.0, statement=1.0, lock=0.1)
    records = Records(on_postgres.address, owner="hasty", patience=patience)
    yield records
    records.close()


def _sessions(records: Records, state: str) -> int:
    """Count the database's sessions in a state, or that wait for one kind of event."""
    return _count(records, _IN_STATE, state)


def _count(records: Records, query: LiteralString, *values: str) -> int:
    with psycopg.connect(records.address) as connection:
        [count] = connection.execute(query, values).fetchone() or [0]
    return int(count)


async def test_who_records_does_not_wait_for_who_moves_the_fence(
    on_postgres: Records, hasty: Records
) -> None:
    fence, new = await hasty.fence(), generation()
    sent = await hasty.recorded(stage=Stage.FORWARDING, slot=ReservationId("slot"))

    with psycopg.connect(on_postgres.address) as moving:
        moving.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        recorded, started = await asyncio.gather(
            hasty.admissions.record(fence, new, task(new)),
            hasty.stages.started(sent.id, UpstreamId("up"), answer=b"{}", at=NOW, due_at=LATER),
        )

    assert recorded == FenceMoved()
    assert started.upstream_id == "up"


async def test_a_process_that_stands_still_as_it_sends_loses_its_locks(on_postgres: Records) -> None:
    patience = Patience(answer=1.0, statement=20.0, lock=10.0)
    brief = Records(on_postgres.address, owner="brief", patience=patience)
    has_ended = Event()

    def unit(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None, "it is connected"
        with driver.pipeline():
            driver.execute("UPDATE fence SET layout = layout RETURNING id").fetchone()
            wait_until(lambda: not _count(brief, _IN_TRANSACTION), "PostgreSQL to end it")
            has_ended.set()

    with pytest.raises(RecordsAway):
        await brief.database.write(unit)

    assert await asyncio.to_thread(has_ended.wait, WAIT_SECONDS_MAX)
    brief.close()


@contextmanager
def _fence_held_while_sending(records: Records) -> Iterator[None]:
    """Hold the fence as who has sent a part, and who is ended for it."""
    still = psycopg.connect(records.address, autocommit=True)
    with suppress(psycopg.OperationalError), still, still.pipeline():
        still.execute("BEGIN")
        still.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK]).fetchone()
        yield


@asynccontextmanager
async def _key_taken(records: Records) -> AsyncIterator[Event]:
    """Record a task with the key, and commit once the event is set."""
    recorded, may_commit = Event(), Event()
    fence, new = await records.fence(), generation()

    def unit(connection: Connection) -> None:
        record(connection, [Draft(fence, new, task(new, idempotency_key=KEY), in_line=True, me="me")])
        execute_now(connection)
        recorded.set()
        may_commit.wait(WAIT_SECONDS_MAX)

    taking = asyncio.create_task(records.database.write(unit))
    await asyncio.to_thread(recorded.wait, WAIT_SECONDS_MAX)
    try:
        yield may_commit
    finally:
        may_commit.set()
        await taking


async def test_a_key_that_is_taken_as_we_commit_is_found(on_postgres: Records) -> None:
    other, fence = on_postgres.elsewhere(), await on_postgres.fence()
    new, beside = generation(), generation()
    sent = await on_postgres.recorded(stage=Stage.FORWARDING, slot=ReservationId("slot"))

    async with _key_taken(other) as may_commit, asyncio.TaskGroup() as units:
        begun = [
            units.create_task(on_postgres.admissions.record(fence, new, task(new, idempotency_key=KEY))),
            units.create_task(on_postgres.admissions.record(fence, beside, task(beside))),
        ]
        started = units.create_task(
            on_postgres.stages.started(sent.id, UpstreamId("up"), answer=b"{}", at=NOW, due_at=LATER)
        )
        await asyncio.to_thread(wait_until, lambda: _sessions(on_postgres, "Lock"), "a wait for the key")
        may_commit.set()
    other.close()

    assert [type(one.result()) for one in begun] == [SameIdempotencyKey, Recorded]
    assert started.result().upstream_id == "up"
    assert len(await on_postgres.sight.tasks_of([beside.id])) == 1


async def test_who_waits_too_long_for_a_lock_as_it_commits_is_refused_alone(
    on_postgres: Records, hasty: Records
) -> None:
    fence, new, beside = await hasty.fence(), generation(), generation()

    async with _key_taken(on_postgres):
        waits, goes_on = await asyncio.gather(
            hasty.admissions.record(fence, new, task(new, idempotency_key=KEY)),
            hasty.admissions.record(fence, beside, task(beside)),
            return_exceptions=True,
        )

    assert isinstance(waits, RecordsAway)
    assert goes_on == Recorded(Stage.QUEUED)
    assert not _sessions(hasty, "idle in transaction") + _sessions(hasty, "idle in transaction (aborted)")


async def test_a_process_that_stands_still_in_a_transaction_loses_its_locks(hasty: Records) -> None:
    await hasty.database.write(
        lambda connection: connection.execute(uploads.insert(), {"uri": "runway://1", "team": ADS, "at": 0})
    )

    def unit(connection: Connection) -> None:
        execute_all(connection, [(_TOUCH, {}), (_TOUCH, {})])
        wait_until(
            lambda: not _sessions(hasty, "idle in transaction"), "PostgreSQL to end it", seconds_max=STILL
        )

    with pytest.raises(RecordsAway):
        await hasty.database.write(unit)

    assert await hasty.recorded() is not None


async def test_a_process_that_stands_still_as_it_sends_does_not_hold_the_fence(hasty: Records) -> None:
    with _fence_held_while_sending(hasty):
        with pytest.raises(RecordsAway):
            await hasty.stages.rebuild_scan(NOW)
        wait_until(lambda: _count(hasty, _LONG_STILL), "it to have stood still for a while")

        assert await hasty.stages.rebuild_scan(NOW) is not None


async def test_a_commit_whose_answer_was_lost_is_not_made_again(on_postgres: Records) -> None:
    runs: list[int] = []

    def unit(connection: Connection) -> None:
        runs.append(1)
        for slow in ("commit_delay = 100000", "commit_siblings = 0"):  # microseconds
            connection.exec_driver_sql(f"SET LOCAL {slow}")
        execute_later(
            connection, _AUDIT, {"at": 0, "actor": "a", "action": "b", "subject": "c", "detail": "d"}
        )

    committing = asyncio.create_task(on_postgres.database.write(unit))
    await asyncio.to_thread(wait_until, lambda: _ended(on_postgres), "a commit under way")
    with pytest.raises(RecordsAway):
        await committing

    counted = sa.select(sa.func.count()).select_from(audit)
    lines = await on_postgres.database.read(lambda connection: connection.scalar(counted))
    assert (len(runs), lines) == (1, 1)


def _ended(records: Records) -> int:
    """End the connection of who commits just now; the server commits first."""
    with psycopg.connect(records.address) as connection:
        return connection.execute(_END_COMMITTING).rowcount

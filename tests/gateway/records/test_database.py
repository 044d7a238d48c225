import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from threading import Event

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from gateway.ports.records import Recorded, RecordsAway
from gateway.records.crew import Unit
from gateway.records.database import QUICK, REPORTERS, REPORTS_WAITING_MAX
from gateway.records.engines import to_url
from gateway.records.reports import SqlReports
from gateway.records.tables import uploads
from gateway.rules.ids import ReservationId
from tests.gateway.records.support import ADS, NOW, Records, generation, task
from tests.support.postgres import Postgres

SECOND = 1.0
BACK_SECONDS = 10.0


async def _comes_back(records: Records) -> bool:
    """Tell whether the records answer within a while: a read, then a write."""
    until = time.monotonic() + BACK_SECONDS
    while time.monotonic() < until:
        try:
            await records.sight.store_time()
            await records.stages.void(ReservationId("any"))
        except RecordsAway:
            await asyncio.sleep(0.05)
        else:
            return True
    return False


@pytest.fixture
def hurried(on_postgres: Records) -> Iterator[Records]:
    """Records that wait for the server no longer than a gateway does."""
    records = Records(on_postgres.address, patience=QUICK)
    yield records
    records.close()


async def test_a_frozen_server_is_away_within_a_second(hurried: Records, postgres: Postgres) -> None:
    fence = await hurried.fence()
    new = generation()
    began = time.monotonic()

    with postgres.frozen():
        answers = await asyncio.gather(
            hurried.fence(),
            *(hurried.admissions.record(fence, new, task(new)) for _ in range(20)),
            return_exceptions=True,
        )
        took = time.monotonic() - began

    assert [type(answer) for answer in answers] == [RecordsAway] * 21
    assert took < SECOND
    assert await _comes_back(hurried)


async def test_a_frozen_server_records_nothing_that_was_given_up(
    hurried: Records, postgres: Postgres
) -> None:
    fence = await hurried.fence()
    new = generation()
    with postgres.frozen(), pytest.raises(RecordsAway):
        await hurried.admissions.record(fence, new, task(new))

    await _comes_back(hurried)

    assert await hurried.stages.find({new.id}) == {}


async def test_connections_that_the_server_ended_are_made_again(
    on_postgres: Records, postgres: Postgres
) -> None:
    fence = await on_postgres.fence()
    await on_postgres.recorded()
    postgres.disconnect_everyone()
    new = generation()

    answer = await on_postgres.admissions.record(fence, new, task(new))

    assert isinstance(answer, Recorded)
    assert await on_postgres.fence() == fence


@pytest.fixture
def standby(postgres: Postgres) -> Iterator[Records]:
    """Records on a server that takes no writes in any session that begins."""
    address = postgres.new_database()
    postgres.run(address, f"ALTER DATABASE {to_url(address).database} SET default_transaction_read_only = on")
    records = Records(address, patience=QUICK)
    yield records
    records.close()


async def test_a_server_that_takes_no_writes_is_away(standby: Records) -> None:
    fence = await standby.fence()
    news = [generation() for _ in range(20)]

    answers = await asyncio.gather(
        *(standby.admissions.record(fence, new, task(new)) for new in news), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [RecordsAway] * 20
    with pytest.raises(RecordsAway):
        await standby.database.check_writes()
    assert await standby.fence() == fence


async def test_a_server_that_turns_read_only_in_a_transaction_is_away(on_postgres: Records) -> None:
    def turn(connection: Connection) -> None:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(insert(uploads), {"uri": "1", "team": ADS, "at": 0})

    with pytest.raises(RecordsAway):
        await on_postgres.database.write(turn)


async def test_another_server_is_looked_for_when_one_takes_no_writes(
    standby: Records, postgres: Postgres
) -> None:
    with pytest.raises(RecordsAway):
        await standby.recorded()

    postgres.run(
        standby.address,
        "SET default_transaction_read_only = off",
        f"ALTER DATABASE {to_url(standby.address).database} RESET default_transaction_read_only",
    )

    assert await standby.recorded()
    await standby.database.check_writes()


async def test_a_server_that_is_not_there_is_away() -> None:
    records = Records("postgresql://postgres@127.0.0.1:1/nowhere", patience=QUICK)

    with pytest.raises(RecordsAway):
        await records.fence()

    records.close()


@pytest.fixture
def rival(new_sqlite: str) -> Iterator[sqlite3.Connection]:
    """Another program that writes to the same file."""
    path = to_url(new_sqlite).database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def test_a_file_that_another_keeps_locked_is_away_within_a_second(
    new_sqlite: str, rival: sqlite3.Connection
) -> None:
    records = Records(new_sqlite, patience=QUICK)
    rival.execute("BEGIN IMMEDIATE")
    began = time.monotonic()

    with pytest.raises(RecordsAway):
        await records.recorded()

    assert time.monotonic() - began < SECOND
    rival.execute("ROLLBACK")
    assert await _comes_back(records)
    records.close()


async def test_a_file_that_another_keeps_locked_can_be_read(
    on_sqlite: Records, rival: sqlite3.Connection
) -> None:
    before = await on_sqlite.fence()
    rival.execute("BEGIN IMMEDIATE")

    during = await on_sqlite.fence()

    rival.execute("ROLLBACK")
    assert during == before


def _with_pages(most: int) -> Unit[object]:
    """Let a file have no more pages, or no more than it has already."""
    return lambda connection: connection.execute(text(f"PRAGMA max_page_count = {most}"))


async def test_a_full_disk_is_away_and_free_again_when_there_is_room(on_sqlite: Records) -> None:
    await on_sqlite.recorded()
    await on_sqlite.database.write(_with_pages(1))

    with pytest.raises(RecordsAway):
        await on_sqlite.recorded(body=b"x" * 100_000)

    await on_sqlite.database.write(_with_pages(1_000_000))
    assert await _comes_back(on_sqlite)


async def test_a_reader_cannot_write(records: Records) -> None:
    def write(connection: Connection) -> None:
        connection.execute(insert(uploads), {"uri": "1", "team": "ads", "at": 0})

    with pytest.raises((RecordsAway, DBAPIError)):
        await records.database.read(write)

    assert await records.admissions.owned_uploads(ADS, {"1"}) == frozenset()


async def test_what_is_read_is_one_snapshot(records: Records, elsewhere: Records) -> None:
    loop = asyncio.get_running_loop()

    def twice(connection: Connection) -> list[int]:
        count = text("SELECT count(*) FROM generations")
        before = connection.execute(count).scalar_one()
        asyncio.run_coroutine_threadsafe(elsewhere.recorded(), loop).result()
        return [before, connection.execute(count).scalar_one()]

    assert await records.database.report(twice) == [0, 0]


@asynccontextmanager
async def _as_many_reports_as_there_is_room_for(records: Records) -> AsyncIterator[None]:
    released = Event()
    room = REPORTERS + REPORTS_WAITING_MAX
    reports = [asyncio.ensure_future(records.database.report(lambda _: released.wait())) for _ in range(room)]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        released.set()
        await asyncio.gather(*reports, return_exceptions=True)


async def test_a_rebuild_waits_for_no_report(records: Records) -> None:
    before = await records.fence()

    async with _as_many_reports_as_there_is_room_for(records):
        scan = await records.stages.rebuild_scan(NOW)
        assert scan is not None

    assert scan.fence.epoch == before.epoch + 1


async def test_what_a_team_asks_of_its_day_waits_for_no_report(records: Records) -> None:
    new = await records.running()

    async with _as_many_reports_as_there_is_room_for(records):
        counted = await SqlReports(records.database).daily_generations(team=ADS, since=NOW)

    assert counted == {new.model: 1}


async def test_a_durable_store_is_accepted(records: Records) -> None:
    await records.database.check()


async def test_a_server_that_forgets_what_it_committed_is_refused(postgres: Postgres) -> None:
    address = postgres.new_database()
    postgres.run(address, f"ALTER DATABASE {to_url(address).database} SET synchronous_commit = off")
    records = Records(address)

    with pytest.raises(ValueError, match="synchronous_commit = off"):
        await records.database.check()

    records.close()

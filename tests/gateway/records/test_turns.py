import asyncio
import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event

from gateway.records.engines import Patience, to_url
from gateway.records.turns import SUFFIX, Turns
from tests.gateway.records.support import Records
from tests.support.waiting import wait_until


def _turn_of(records: Records) -> Path:
    return Path(f"{to_url(records.address).database}{SUFFIX}")


def _is_taken(turn: Path) -> bool:
    """Tell whether somebody is the next to write."""
    with turn.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def test_who_has_just_written_does_not_overtake_who_waits(on_sqlite: Records) -> None:
    other, written = on_sqlite.elsewhere(), list[str]()
    has_begun, may_end = Event(), Event()

    def first(_: object) -> None:
        has_begun.set()
        may_end.wait()
        written.append("first")

    async with asyncio.TaskGroup() as writers:
        writers.create_task(on_sqlite.database.write(first))
        await asyncio.to_thread(has_begun.wait)
        writers.create_task(other.database.write(lambda _: written.append("other")))
        turn = _turn_of(on_sqlite)
        await asyncio.to_thread(wait_until, lambda: turn.exists() and _is_taken(turn), "waiting")
        writers.create_task(on_sqlite.database.write(lambda _: written.append("again")))
        may_end.set()
    other.close()

    assert written == ["first", "other", "again"]


async def test_who_has_the_turn_and_stands_still_holds_up_nobody(on_sqlite: Records) -> None:
    turn = _turn_of(on_sqlite)
    turn.touch()
    with turn.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        other = Records(on_sqlite.address, patience=Patience(answer=5.0, statement=5.0, lock=30.0))
        written = [await other.database.write(lambda _: True) for _ in range(20)]
    other.close()

    assert all(written)


async def test_a_store_whose_turns_nobody_can_take_is_written_to_all_the_same(on_sqlite: Records) -> None:
    _turn_of(on_sqlite).mkdir()
    other = on_sqlite.elsewhere()

    async with asyncio.TaskGroup() as writers:
        units = [
            writers.create_task(records.database.write(lambda _: True)) for records in (on_sqlite, other) * 10
        ]
    other.close()

    assert all(unit.result() for unit in units)


def test_a_file_that_cannot_be_locked_gives_no_turn_and_takes_none(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path / "records.db"), seconds=1.0)
    with closing(sqlite3.connect(tmp_path / "records.db", isolation_level=None)) as connection:
        assert turns.execute(connection, "BEGIN IMMEDIATE")
        connection.rollback()
        assert turns._file is not None
        os.close(turns._file)

        assert turns.execute(connection, "BEGIN IMMEDIATE")

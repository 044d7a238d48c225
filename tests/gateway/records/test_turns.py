import asyncio
import fcntl
from pathlib import Path
from threading import Event

from gateway.records.engines import to_url
from gateway.records.turns import SUFFIX
from tests.gateway.records.support import Records
from tests.support.waiting import wait_until


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
        turn = Path(f"{to_url(on_sqlite.address).database}{SUFFIX}")
        await asyncio.to_thread(wait_until, lambda: turn.exists() and _is_taken(turn), "waiting")
        writers.create_task(on_sqlite.database.write(lambda _: written.append("again")))
        may_end.set()
    other.close()

    assert written == ["first", "other", "again"]

import asyncio
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.ports.records import RecordsAway
from gateway.records.crew import Crew
from gateway.records.engines import connect, to_url
from gateway.records.tables import uploads
from tests.gateway.records.support import ADS, PATIENT, Records

SECONDS = 30.0
TOGETHER_MAX = 8
WAITING_MAX = 20


@pytest.fixture
def crew(records: Records) -> Iterator[Crew]:
    """One thread that writes."""
    engine = connect(to_url(records.address), "write", patience=PATIENT, connections=1, clock=records.clock)
    crew = Crew(engine, name="test", threads=1, together_max=TOGETHER_MAX, waiting_max=WAITING_MAX)
    yield crew
    crew.close()


class Gate:
    """A unit that keeps the thread busy until it is opened, so that others wait behind it."""

    def __init__(self) -> None:
        self.entered = Event()
        self.opened = Event()

    def __call__(self, _connection: Connection) -> None:
        self.entered.set()
        self.opened.wait(SECONDS)


async def _behind(crew: Crew, gate: Gate, *units: Callable[[Connection], object]) -> list[object]:
    """Let some units wait behind a gate, so that they are carried out together."""
    first = asyncio.create_task(crew.run(gate, seconds=SECONDS))
    await asyncio.to_thread(gate.entered.wait, SECONDS)
    rest = [asyncio.create_task(crew.run(unit, seconds=SECONDS)) for unit in units]
    await asyncio.sleep(0)
    gate.opened.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def _adding(uri: str) -> Callable[[Connection], str]:
    def add(connection: Connection) -> str:
        connection.execute(insert(uploads), {"uri": uri, "team": "ads", "at": 0})
        return uri

    return add


def _failing(_connection: Connection) -> None:
    raise LookupError("a bug")


async def _added(crew: Crew) -> set[str]:
    found = await crew.run(
        lambda connection: connection.scalars(select(uploads.c.uri)).all(), seconds=SECONDS
    )
    return set(found)


async def test_what_waits_shares_a_transaction(crew: Crew) -> None:
    shared: list[object] = []

    await _behind(crew, Gate(), *[lambda it: shared.append(it.get_transaction())] * TOGETHER_MAX)

    assert len(shared) == TOGETHER_MAX
    assert len(set(map(id, shared))) == 1


async def test_a_transaction_is_shared_by_no_more_than_its_most(crew: Crew) -> None:
    shared: list[object] = []

    await _behind(crew, Gate(), *[lambda it: shared.append(it.get_transaction())] * (TOGETHER_MAX + 1))

    assert len(set(map(id, shared))) == 2


async def test_a_bad_unit_hurts_no_other(crew: Crew) -> None:
    answers = await _behind(crew, Gate(), _adding("1"), _failing, _adding("2"))

    assert (answers[0], answers[2]) == ("1", "2")
    assert isinstance(answers[1], LookupError)
    assert await _added(crew) == {"1", "2"}


async def test_a_bad_unit_is_told_its_own_failure_alone(crew: Crew) -> None:
    """The one that it had together with others may be the driver's, and name the values of a row."""
    answers = await _behind(crew, Gate(), _adding("1"), _failing)

    assert isinstance(answers[1], LookupError)
    assert answers[1].__context__ is None


async def test_a_unit_that_breaks_a_rule_of_the_store_hurts_no_other(crew: Crew) -> None:
    answers = await _behind(crew, Gate(), _adding("1"), _adding("1"), _adding("2"))

    assert (answers[0], answers[2]) == ("1", "2")
    assert isinstance(answers[1], IntegrityError)


async def test_a_bad_unit_leaves_nothing_behind(crew: Crew) -> None:
    def add_and_fail(connection: Connection) -> None:
        _adding("1")(connection)
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        await crew.run(add_and_fail, seconds=SECONDS)

    assert await _added(crew) == set()


async def test_what_nobody_waits_for_any_more_is_not_begun(crew: Crew) -> None:
    gate = Gate()
    first = asyncio.create_task(crew.run(gate, seconds=SECONDS))
    await asyncio.to_thread(gate.entered.wait, SECONDS)

    with pytest.raises(RecordsAway):
        await crew.run(_adding("1"), seconds=0.01)

    gate.opened.set()
    await first
    assert await _added(crew) == set()


async def test_what_is_given_up_while_it_runs_is_not_committed(crew: Crew) -> None:
    gate = Gate()

    def add(connection: Connection) -> None:
        _adding("1")(connection)
        gate(connection)

    with pytest.raises(RecordsAway):
        await crew.run(add, seconds=0.1)

    gate.opened.set()
    assert await _added(crew) == set()


async def test_too_many_that_wait_are_told_at_once(crew: Crew) -> None:
    gate = Gate()
    first = asyncio.create_task(crew.run(gate, seconds=SECONDS))
    await asyncio.to_thread(gate.entered.wait, SECONDS)
    waiting = [
        asyncio.create_task(crew.run(_adding(str(one)), seconds=SECONDS)) for one in range(WAITING_MAX)
    ]
    await asyncio.sleep(0)

    with pytest.raises(RecordsAway):
        await crew.run(_adding("one too many"), seconds=SECONDS)

    gate.opened.set()
    await asyncio.gather(first, *waiting)
    assert len(await _added(crew)) == WAITING_MAX


async def test_closing_ends_what_was_begun(records: Records) -> None:
    engine = connect(to_url(records.address), "write", patience=PATIENT, connections=1, clock=records.clock)
    crew = Crew(engine, name="test", threads=3, together_max=TOGETHER_MAX, waiting_max=WAITING_MAX)
    await crew.run(_adding("1"), seconds=SECONDS)

    await asyncio.to_thread(crew.close)

    assert await records.admissions.owned_uploads(ADS, {"1"}) == {"1"}

"""Statements that are sent together answer as if each had been sent alone."""

import pytest
from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import IntegrityError

from gateway.ports.records import Recorded
from gateway.records.driver import execute_each
from gateway.records.moves import _started
from gateway.records.recording import Draft, record
from gateway.records.rows import Values
from gateway.records.tables import uploads
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId
from tests.gateway.records.support import ADS, ART, Records, generation, task

_ADD = insert(uploads).returning(uploads.c.uri, uploads.c.at)
_LATER = update(uploads).where(uploads.c.team == ADS).values(at=uploads.c.at + 1).returning(uploads.c.at)


def _upload(uri: str, *, at: int = 0) -> Values:
    return {"uri": uri, "team": ADS, "at": at}


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_each_set_of_values_has_its_own_rows(records: Records, count: int) -> None:
    several = [_upload(f"runway://{at}", at=at) for at in range(count)]

    answers = await records.database.write(lambda connection: execute_each(connection, _ADD, several))

    assert [[(row.uri, row.at) for row in rows] for rows in answers] == [
        [(f"runway://{at}", at)] for at in range(count)
    ]


async def test_each_one_sees_what_those_before_it_did(records: Records) -> None:
    def add_and_change(connection: Connection) -> list[list[int]]:
        execute_each(connection, _ADD, [_upload("runway://1"), _upload("runway://2", at=5)])
        return [sorted(row.at for row in rows) for rows in execute_each(connection, _LATER, [{}, {}])]

    assert await records.database.write(add_and_change) == [[1, 6], [2, 7]]


async def test_no_rows_are_an_answer_too(records: Records) -> None:
    none = _LATER.where(uploads.c.team == ART)

    assert await records.database.write(lambda connection: execute_each(connection, none, [{}, {}])) == [
        [],
        [],
    ]


async def test_one_that_is_refused_undoes_them_all_and_the_connection_goes_on(records: Records) -> None:
    twice = [_upload("runway://1"), _upload("runway://1")]

    with pytest.raises(IntegrityError):
        await records.database.write(lambda connection: execute_each(connection, _ADD, twice))

    assert await records.database.write(lambda connection: execute_each(connection, _ADD, twice[:1])) != []


async def test_creates_and_starts_can_be_sent_together(records: Records) -> None:
    """In one unit: where several fail together, each is carried out alone, and nobody sees."""
    fence, slot = await records.fence(), ReservationId("slot")
    sent = [generation(stage=Stage.FORWARDING, slot=slot) for _ in range(2)]
    drafts = [Draft(fence, each, task(each), in_line=True, me="me") for each in sent]
    starts = [{"wanted": each.id, "name": f"up {each.id}", "said": b"{}", "at": 1, "due": 2} for each in sent]

    recorded = await records.database.write(lambda connection: record(connection, drafts))
    started = await records.database.write(lambda connection: _started(connection, starts))

    assert recorded == [Recorded(Stage.FORWARDING)] * 2
    assert started == [await records.now(each.id) for each in sent]

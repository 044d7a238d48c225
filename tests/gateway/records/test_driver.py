"""Statements that are sent together answer as if each had been sent alone."""

import asyncio

import pytest
from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import IntegrityError

from gateway.records.driver import Rows, Statement, execute_all
from gateway.records.moves import _started
from gateway.records.recording import Draft, record
from gateway.records.rows import Values
from gateway.records.tables import uploads
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId
from tests.gateway.records.support import ADS, ART, Records, generation, task

_ADD = insert(uploads).returning(uploads.c.uri, uploads.c.at)
_LATER = update(uploads).where(uploads.c.team == ADS).values(at=uploads.c.at + 1).returning(uploads.c.at)


def _execute(connection: Connection, statement: Statement, several: list[Values]) -> list[Rows]:
    return execute_all(connection, [(statement, values) for values in several])


def _upload(uri: str, *, at: int = 0) -> Values:
    return {"uri": uri, "team": ADS, "at": at}


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_each_set_of_values_has_its_own_rows(records: Records, count: int) -> None:
    several = [_upload(f"runway://{at}", at=at) for at in range(count)]

    answers = await records.database.write(lambda connection: _execute(connection, _ADD, several))

    assert [[(row.uri, row.at) for row in rows] for rows in answers] == [
        [(f"runway://{at}", at)] for at in range(count)
    ]


async def test_each_one_sees_what_those_before_it_did(records: Records) -> None:
    def add_and_change(connection: Connection) -> list[list[int]]:
        _execute(connection, _ADD, [_upload("runway://1"), _upload("runway://2", at=5)])
        return [sorted(row.at for row in rows) for rows in _execute(connection, _LATER, [{}, {}])]

    assert await records.database.write(add_and_change) == [[1, 6], [2, 7]]


async def test_no_rows_are_an_answer_too(records: Records) -> None:
    none = _LATER.where(uploads.c.team == ART)

    assert await records.database.write(lambda connection: _execute(connection, none, [{}, {}])) == [
        [],
        [],
    ]


async def test_one_that_is_refused_undoes_them_all_and_the_connection_goes_on(records: Records) -> None:
    twice = [_upload("runway://1"), _upload("runway://1")]

    with pytest.raises(IntegrityError):
        await records.database.write(lambda connection: _execute(connection, _ADD, twice))

    assert await records.database.write(lambda connection: _execute(connection, _ADD, twice[:1])) != []


async def test_creates_and_starts_can_be_sent_together(records: Records) -> None:
    fence, slot = await records.fence(), ReservationId("slot")
    sent = [generation(stage=Stage.FORWARDING, slot=slot) for _ in range(2)]
    drafts = [Draft(fence, each, task(each), in_line=True, me="me") for each in sent]
    starts = [{"wanted": each.id, "name": f"up {each.id}", "said": b"{}", "at": 1, "due": 2} for each in sent]

    together = [
        *(records.database.write_jointly(record, draft) for draft in drafts),
        *(records.database.write_jointly(_started, start) for start in starts),
    ]
    *recorded, first, second = await asyncio.gather(*together)

    assert recorded == [True, True]
    assert [first, second] == [await records.now(each.id) for each in sent]

"""What dead processes had in hand is anybody's as soon as it is known that they are dead."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.ports.records import RecordsAway
from gateway.records.database import QUICK
from gateway.records.orphans import free_orphans
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId
from tests.gateway.records.support import NOW, Records
from tests.support.postgres import Postgres

LONG = 10.0


@pytest.fixture
def dead(records: Records) -> Iterator[Records]:
    """Another process, which took a lease and went on with nothing."""
    dead = records.elsewhere()
    yield dead
    dead.close()


async def test_what_a_dead_process_followed_is_leased_at_once(records: Records, dead: Records) -> None:
    followed = await records.running()
    await dead.stages.lease(Stage.RUNNING, now=NOW, limit=1)
    await free_orphans(records.address, dead.database.owner)

    leased = await records.stages.lease(Stage.RUNNING, now=NOW, limit=1)

    assert [generation.id for generation in leased] == [followed.id]


async def test_what_a_dead_process_was_sending_is_leased_at_once(records: Records, dead: Records) -> None:
    sending = await dead.recorded(stage=Stage.FORWARDING, slot=ReservationId("slot"))
    before = await records.stages.lease(Stage.FORWARDING, now=NOW, limit=1)
    await free_orphans(records.address, dead.database.owner)

    leased = await records.stages.lease(Stage.FORWARDING, now=NOW, limit=1)

    assert before == []
    assert [generation.id for generation in leased] == [sending.id]


async def test_what_others_have_in_hand_stays_theirs(records: Records, dead: Records) -> None:
    await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=1)

    await free_orphans(records.address, dead.database.owner)

    assert await dead.stages.lease(Stage.RUNNING, now=NOW, limit=1) == []


async def test_a_whole_gateways_processes_are_found_by_its_name(records: Records, dead: Records) -> None:
    await records.running()
    await dead.stages.lease(Stage.RUNNING, now=NOW, limit=1)

    await free_orphans(records.address, dead.database.owner[:-1])

    assert len(await records.stages.lease(Stage.RUNNING, now=NOW, limit=1)) == 1


async def test_records_that_are_away_are_told_so() -> None:
    with pytest.raises(RecordsAway):
        await free_orphans("sqlite:////nowhere/at/all.db", "gone")


async def test_a_server_that_stands_still_holds_nobody_up(on_postgres: Records, postgres: Postgres) -> None:
    with postgres.frozen(), pytest.raises(RecordsAway):
        async with asyncio.timeout(LONG):
            await free_orphans(on_postgres.address, "gone", patience=QUICK)

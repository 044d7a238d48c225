import asyncio

import pytest

from gateway.rules.credits import Credits
from gateway.rules.generation import Basis, Stage
from gateway.rules.settlement import Settlement
from tests.gateway.records.support import NOW, RESERVED, Records, generation, succeeded, task

MORE, MOST = Credits(RESERVED + 15_000), Credits(RESERVED + 30_000)


async def test_what_is_held_beyond_the_price_raises_it(records: Records) -> None:
    new = await records.recorded()

    await records.stages.correct(await records.fence(), new.id, MORE)

    assert await records.admissions.raised_prices() == {new.priced_as: MORE}


async def test_a_charge_above_the_reservation_raises_the_price(records: Records) -> None:
    new = await records.recorded()

    await records.stages.close(new.id, succeeded(MORE), at=NOW)

    assert await records.admissions.raised_prices() == {new.priced_as: MORE}


async def test_a_raised_price_is_never_lowered(records: Records) -> None:
    for charged in (MORE, MOST, MORE):
        new = await records.recorded()
        await records.stages.close(new.id, succeeded(charged), at=NOW)

    assert await records.admissions.raised_prices() == {generation().priced_as: MOST}


@pytest.mark.parametrize("held", [RESERVED, Credits(1_000)])
async def test_what_costs_no_more_than_was_held_raises_nothing(records: Records, held: Credits) -> None:
    new = await records.recorded()

    await records.stages.correct(await records.fence(), new.id, held)
    await records.stages.close(new.id, succeeded(held), at=NOW)

    assert await records.admissions.raised_prices() == {}


async def test_an_administrator_s_word_raises_no_price(records: Records) -> None:
    new = await records.recorded()
    resolved = Settlement(succeeded(MORE).outcome, MORE, Basis.RESOLVED)

    await records.stages.close(new.id, resolved, at=NOW)

    assert await records.admissions.raised_prices() == {}


async def test_two_processes_raise_the_same_price_at_once(records: Records, elsewhere: Records) -> None:
    first, second = generation(), generation()
    for new in (first, second):
        await records.admissions.record(await records.fence(), new, task(new))

    closed = await asyncio.gather(
        records.stages.close(first.id, succeeded(MORE), at=NOW),
        elsewhere.stages.close(second.id, succeeded(MOST), at=NOW),
    )

    assert [one and one.stage for one in closed] == [Stage.CLOSING, Stage.CLOSING]
    assert await records.admissions.raised_prices() == {first.priced_as: MOST}

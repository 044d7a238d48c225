import asyncio
from datetime import timedelta

import pytest

from gateway.records.leases import FOLLOWING, LEASE
from gateway.rules.generation import Stage
from gateway.rules.ids import GenerationId, KeyId
from tests.gateway.records.support import ART, ART_KEY, LATER, NOW, Records


async def test_what_is_due_is_leased_once(records: Records, elsewhere: Records) -> None:
    due = await records.running()

    first = await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)
    second = await elsewhere.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    assert [generation.id for generation in first] == [due.id]
    assert second == []


async def test_what_is_not_due_yet_is_not_leased(records: Records) -> None:
    await records.running()

    assert await records.stages.lease(Stage.RUNNING, now=NOW - timedelta(seconds=1), limit=10) == []


async def test_other_stages_are_not_leased(records: Records) -> None:
    await records.running()

    assert await records.stages.lease(Stage.CLOSING, now=NOW, limit=10) == []


async def test_the_longest_due_are_leased_first(records: Records) -> None:
    running = [await records.running() for _ in range(3)]
    for generation, minutes in zip(running, (2, 0, 1), strict=True):
        await records.stages.release(generation.id, due_at=NOW + timedelta(minutes=minutes))

    leased = await records.stages.lease(Stage.RUNNING, now=LATER, limit=2)

    assert [generation.id for generation in leased] == [running[1].id, running[2].id]


async def test_two_processes_share_what_is_due(records: Records, elsewhere: Records) -> None:
    due = {(await records.running()).id for _ in range(20)}

    shares = await asyncio.gather(
        *(one.stages.lease(Stage.RUNNING, now=NOW, limit=7) for one in (records, elsewhere) * 3)
    )

    leased = [generation.id for share in shares for generation in share]
    assert sorted(leased) == sorted(due)


async def test_what_a_process_lets_go_is_anybodys_at_once(records: Records, elsewhere: Records) -> None:
    mine, others = await records.running(), await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=1)
    await elsewhere.stages.lease(Stage.RUNNING, now=NOW, limit=1)

    await records.stages.let_go([mine.id, others.id])

    taken = await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)
    assert len(taken) == 1


async def test_others_follow_what_runs_long_before_they_give_up_what_is_sent(
    records: Records, elsewhere: Records
) -> None:
    running = await records.running()
    await records.recorded(stage=Stage.FORWARDING)
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    records.clock.advance(FOLLOWING + timedelta(seconds=1))

    followed = await elsewhere.stages.lease(Stage.RUNNING, now=NOW, limit=10)
    given_up = await elsewhere.stages.lease(Stage.FORWARDING, now=LATER, limit=10)
    assert ([generation.id for generation in followed], given_up) == ([running.id], [])


async def test_a_lease_that_ran_out_goes_to_whoever_asks_next(records: Records, elsewhere: Records) -> None:
    due = await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    records.clock.advance(LEASE + timedelta(seconds=1))

    leased = await elsewhere.stages.lease(Stage.RUNNING, now=NOW, limit=10)
    assert [generation.id for generation in leased] == [due.id]
    assert await records.stages.renew({due.id}) == frozenset()


async def test_a_renewed_lease_lasts_longer(records: Records, elsewhere: Records) -> None:
    due = await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)
    records.clock.advance(LEASE - timedelta(seconds=5))

    kept = await records.stages.renew({due.id})

    records.clock.advance(timedelta(seconds=10))
    assert kept == {due.id}
    assert await elsewhere.stages.lease(Stage.RUNNING, now=NOW, limit=10) == []


async def test_a_sender_that_died_leaves_its_generation_to_others(
    records: Records, elsewhere: Records
) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)
    before = await elsewhere.stages.lease(Stage.FORWARDING, now=NOW, limit=10)

    records.clock.advance(LEASE + timedelta(seconds=1))

    after = await elsewhere.stages.lease(Stage.FORWARDING, now=NOW, limit=10)
    assert (before, [generation.id for generation in after]) == ([], [sending.id])


async def test_a_released_generation_is_due_when_it_says(records: Records, elsewhere: Records) -> None:
    due = await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    await records.stages.release(due.id, due_at=LATER)

    assert await elsewhere.stages.lease(Stage.RUNNING, now=NOW, limit=10) == []
    leased = await elsewhere.stages.lease(Stage.RUNNING, now=LATER, limit=10)
    assert [generation.due_at for generation in leased] == [LATER]


async def test_nobody_releases_the_lease_of_another(records: Records, elsewhere: Records) -> None:
    due = await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    await elsewhere.stages.release(due.id, due_at=NOW)

    assert await records.stages.renew({due.id}) == {due.id}


async def test_more_leases_than_fit_one_statement_are_renewed(records: Records) -> None:
    due = {(await records.running()).id for _ in range(3)}
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    kept = await records.stages.renew([*due, *(GenerationId(f"unknown-{number}") for number in range(1_200))])

    assert kept == due


async def test_the_queue_is_read_in_order_of_turn(records: Records) -> None:
    queued = [await records.recorded(turn=turn) for turn in (30.0, 10.0, 20.0)]

    read = await records.stages.queued(now=NOW, limit=10)

    assert [generation.id for generation in read] == [queued[1].id, queued[2].id, queued[0].id]


async def test_a_paused_generation_is_not_read_in_the_queue(records: Records) -> None:
    await records.recorded(due_at=LATER)

    assert await records.stages.queued(now=NOW, limit=10) == []


@pytest.mark.parametrize(
    "other",
    [{"model": "gen4.5"}, {"project": "another"}, {"key": KeyId("ads-2")}, {"team": ART, "key": ART_KEY}],
)
async def test_a_long_line_hides_no_other(records: Records, other: dict[str, object]) -> None:
    for turn in range(10):
        await records.recorded(turn=float(turn))
    late = await records.recorded(turn=1_000.0, **other)

    read = await records.stages.queued(now=NOW, limit=4)

    assert [generation.turn for generation in read] == [0.0, 1.0, 2.0, 1_000.0]
    assert read[-1].id == late.id

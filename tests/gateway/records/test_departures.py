import asyncio

from gateway.ports.records import Recorded
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import ReservationId
from tests.gateway.records.support import (
    ADS,
    ART,
    ART_KEY,
    LATER,
    LONG_AGO,
    NOW,
    Records,
    follower,
    generation,
    succeeded,
    task,
)

HANDED_OVER = ReservationId("another-reservation")


async def _shared(records: Records, **changes: object) -> tuple[Generation, Task, Task]:
    """Record a generation whose payer is of `ads`, and which a task of `art` has joined."""
    new = generation(**{"fingerprint": "same"} | changes)
    payer = task(new)
    await records.admissions.record(await records.fence(), new, payer)
    seen = await records.admissions.join(str(new.fingerprint), follower(), not_before=LONG_AGO)
    assert seen is not None
    return new, payer, seen.task


async def test_a_detached_task_is_gone_and_the_others_stay(records: Records) -> None:
    shared, payer, joined = await _shared(records)

    left = await records.stages.detach(payer.id, ADS, at=LATER)

    assert left is not None
    assert (left.generation.id, left.others) == (shared.id, (joined,))
    assert await records.sight.task(payer.id) is None
    assert await records.sight.task(joined.id) is not None


async def test_nobody_detaches_the_task_of_another_team(records: Records) -> None:
    _, payer, _ = await _shared(records)

    assert await records.stages.detach(payer.id, ART, at=LATER) is None
    assert await records.sight.task(payer.id) is not None


async def test_a_generation_whose_payer_has_left_is_unpaid_until_another_pays(
    records: Records,
) -> None:
    shared, payer, joined = await _shared(records)
    other = await records.recorded()
    both = [shared.id, other.id]
    before = await records.stages.unpaid(both)

    await records.stages.detach(payer.id, ADS, at=LATER)
    meanwhile = await records.stages.unpaid(both)
    await records.stages.promote(await records.fence(), shared.id, joined, HANDED_OVER)

    assert before == frozenset()
    assert meanwhile == {shared.id}
    assert await records.stages.unpaid(both) == frozenset()


async def test_what_nobody_pays_for_is_not_sent(records: Records) -> None:
    shared, payer, _ = await _shared(records)
    await records.stages.detach(payer.id, ADS, at=LATER)

    assert await records.stages.begin_forwarding(await records.fence(), shared, at=NOW) is None


async def test_a_task_is_detached_once(records: Records, elsewhere: Records) -> None:
    _, payer, _ = await _shared(records)

    answers = await asyncio.gather(
        *(one.stages.detach(payer.id, ADS, at=LATER) for one in (records, elsewhere) * 5)
    )

    assert sum(answer is not None for answer in answers) == 1


async def test_the_last_one_out_retires_the_fingerprint(records: Records) -> None:
    shared, payer, joined = await _shared(records)

    first = await records.stages.detach(payer.id, ADS, at=LATER)
    last = await records.stages.detach(joined.id, ART, at=LATER)

    assert first is not None
    assert last is not None
    assert (first.generation.fingerprint, last.generation.fingerprint) == ("same", None)
    assert (await records.now(shared.id)).fingerprint is None


async def test_a_finished_generation_is_shared_after_everyone_left(records: Records) -> None:
    shared, payer, joined = await _shared(records)
    await records.stages.close(shared.id, succeeded(), at=NOW)
    await records.stages.detach(payer.id, ADS, at=LATER)
    await records.stages.detach(joined.id, ART, at=LATER)

    seen = await records.admissions.join("same", follower(), not_before=LONG_AGO)

    assert seen is not None


async def test_nobody_joins_what_the_last_one_leaves(records: Records, elsewhere: Records) -> None:
    for _ in range(10):
        new = generation(fingerprint="same")
        payer = task(new)
        await records.admissions.record(await records.fence(), new, payer)

        left, joined = await asyncio.gather(
            records.stages.detach(payer.id, ADS, at=LATER),
            elsewhere.admissions.join("same", follower(), not_before=LONG_AGO),
        )

        assert left is not None
        assert (left.others == ()) is (joined is None)
        if joined is not None:
            await records.stages.detach(joined.task.id, ART, at=LATER)


# --- the payer ---


async def test_a_follower_can_become_the_payer(records: Records) -> None:
    shared, payer, joined = await _shared(records)
    await records.stages.detach(payer.id, ADS, at=LATER)

    promoted = await records.stages.promote(await records.fence(), shared.id, joined, HANDED_OVER)

    now = await records.now(shared.id)
    seen = await records.sight.task(joined.id)
    assert promoted
    assert seen is not None
    assert (now.team, now.key, now.reservation) == (ART, ART_KEY, HANDED_OVER)
    assert (seen.task.pays, seen.task.saved) == (True, 0)


async def test_what_is_forwarded_keeps_its_payer(records: Records) -> None:
    shared, _, joined = await _shared(records)
    await records.stages.begin_forwarding(await records.fence(), shared, at=NOW)

    promoted = await records.stages.promote(await records.fence(), shared.id, joined, HANDED_OVER)

    assert not promoted
    assert (await records.now(shared.id)).team == ADS


async def test_nobody_becomes_payer_under_an_old_fence(records: Records) -> None:
    shared, _, joined = await _shared(records)
    old = await records.fence()
    await records.stages.rebuild_scan(NOW)

    assert not await records.stages.promote(old, shared.id, joined, HANDED_OVER)


async def test_a_task_that_left_does_not_become_the_payer(records: Records) -> None:
    shared, _, joined = await _shared(records)
    await records.stages.detach(joined.id, ART, at=LATER)

    assert not await records.stages.promote(await records.fence(), shared.id, joined, HANDED_OVER)


async def test_a_reservation_that_was_voided_makes_no_payer(records: Records) -> None:
    shared, _, joined = await _shared(records)
    await records.stages.void(HANDED_OVER)

    assert not await records.stages.promote(await records.fence(), shared.id, joined, HANDED_OVER)
    assert (await records.now(shared.id)).team == ADS


async def test_of_a_void_and_a_late_promotion_the_records_know_which_was_first(
    records: Records, elsewhere: Records
) -> None:
    fence = await records.fence()
    for number in range(10):
        shared, _, joined = await _shared(records, fingerprint=f"like-{number}")
        late = ReservationId(f"{shared.id}:{joined.id}")

        voided, promoted = await asyncio.gather(
            elsewhere.stages.void(late), records.stages.promote(fence, shared.id, joined, late)
        )

        assert voided
        assert promoted is ((await records.now(shared.id)).reservation == late)


# --- void ---


async def test_what_is_recorded_cannot_be_voided(records: Records) -> None:
    new = await records.recorded()

    assert not await records.stages.void(new.reservation)
    assert (await records.now(new.id)).stage is Stage.QUEUED


async def test_voiding_again_changes_nothing(records: Records) -> None:
    id = ReservationId("never-recorded")

    assert [await records.stages.void(id) for _ in range(2)] == [True, True]


async def test_a_void_can_be_read_like_any_other(records: Records) -> None:
    """The janitor does so when it died before it had released the reservation."""
    never = generation()
    await records.stages.void(never.reservation)

    assert (await records.now(never.id)).stage is Stage.VOID


async def test_of_a_void_and_a_late_record_one_wins(records: Records, elsewhere: Records) -> None:
    fence = await records.fence()
    for _ in range(20):
        late = generation()

        voided, answer = await asyncio.gather(
            elsewhere.stages.void(late.reservation), records.admissions.record(fence, late, task(late))
        )

        assert voided is not isinstance(answer, Recorded)

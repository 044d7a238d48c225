import asyncio
from datetime import timedelta

import pytest

from gateway.ports.records import (
    FenceMoved,
    Recorded,
    SameFingerprint,
    SameIdempotencyKey,
    Voided,
)
from gateway.rules.credits import Credits
from gateway.rules.fence import LAYOUT, Fence
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Priority, Stage
from tests.gateway.records.support import (
    ADS,
    ART,
    ART_KEY,
    LATER,
    LONG_AGO,
    NOW,
    Records,
    failed,
    follower,
    generation,
    succeeded,
    task,
)

# --- record ---


async def test_a_recorded_generation_is_there_with_its_task(records: Records) -> None:
    new = generation(stage=Stage.QUEUED)
    paying = task(new, labels={"project": "spring"})

    answer = await records.admissions.record(await records.fence(), new, paying)

    assert answer == Recorded(Stage.QUEUED)
    seen = await records.sight.task(paying.id)
    assert seen is not None
    assert seen.task == paying
    assert (seen.generation.id, seen.generation.reserved) == (new.id, new.reserved)


async def test_a_generation_that_may_be_sent_is_leased_by_whoever_recorded_it(
    records: Records, elsewhere: Records
) -> None:
    new = await records.recorded(stage=Stage.FORWARDING)

    mine = await records.stages.renew({new.id})
    others = await elsewhere.stages.renew({new.id})

    assert mine == {new.id}
    assert others == frozenset()


async def test_nothing_is_recorded_under_an_old_fence(records: Records) -> None:
    old = await records.fence()
    await records.stages.rebuild_scan(NOW)
    new = generation()

    answer = await records.admissions.record(old, new, task(new))

    assert answer == FenceMoved()
    assert await records.stages.find({new.id}) == {}


async def test_nothing_is_recorded_by_a_program_of_another_layout(records: Records) -> None:
    fence = await records.fence()
    new = generation()

    answer = await records.admissions.record(Fence(fence.epoch, fence.policies, LAYOUT + 1), new, task(new))

    assert answer == FenceMoved()


async def test_a_voided_id_is_never_recorded(records: Records) -> None:
    new = generation()
    await records.stages.void(new.reservation)

    answer = await records.admissions.record(await records.fence(), new, task(new))

    assert answer == Voided()


async def test_recording_again_after_a_lost_answer_says_what_is_there(records: Records) -> None:
    new = generation(stage=Stage.FORWARDING)
    paying = task(new)
    await records.admissions.record(await records.fence(), new, paying)

    answer = await records.admissions.record(await records.fence(), new, paying)

    assert answer == Recorded(Stage.FORWARDING)


async def test_a_second_generation_with_the_same_fingerprint_is_refused(records: Records) -> None:
    await records.recorded(fingerprint="same")
    second = generation(fingerprint="same")

    answer = await records.admissions.record(await records.fence(), second, task(second))

    assert answer == SameFingerprint()
    assert await records.stages.find({second.id}) == {}


async def test_a_team_uses_an_idempotency_key_once(records: Records) -> None:
    first, second, of_art = generation(), generation(), generation(team=ART, key=ART_KEY)
    fence = await records.fence()
    earlier = task(first, idempotency_key="once")
    await records.admissions.record(fence, first, earlier)

    again = await records.admissions.record(fence, second, task(second, idempotency_key="once"))
    by_art = await records.admissions.record(fence, of_art, task(of_art, idempotency_key="once"))

    assert again == SameIdempotencyKey(earlier)
    assert by_art == Recorded(Stage.QUEUED)


async def test_an_idempotency_key_is_free_again_when_its_task_was_deleted(records: Records) -> None:
    first, second = generation(), generation()
    fence = await records.fence()
    deleted = task(first, idempotency_key="once")
    await records.admissions.record(fence, first, deleted)
    await records.stages.detach(deleted.id, ADS, at=NOW)

    again = await records.admissions.record(fence, second, task(second, idempotency_key="once"))

    assert again == Recorded(Stage.QUEUED)


@pytest.mark.parametrize(
    ("turn", "project", "stage"),
    [
        (20.0, "default", Stage.QUEUED),
        (10.0, "default", Stage.QUEUED),
        (5.0, "default", Stage.FORWARDING),
        (20.0, "another", Stage.FORWARDING),
    ],
)
async def test_whoever_comes_after_one_that_waits_in_its_lane_waits_too(
    records: Records, turn: float, project: str, stage: Stage
) -> None:
    await records.recorded(turn=10.0)
    new = generation(stage=Stage.FORWARDING, turn=turn, project=project)

    answer = await records.admissions.record(await records.fence(), new, task(new))

    assert answer == Recorded(stage)


async def test_where_there_is_no_line_nobody_waits_for_another_key(
    records: Records, elsewhere: Records
) -> None:
    await records.recorded(team=ART, key=ART_KEY)
    new = generation(stage=Stage.FORWARDING)

    answer = await records.admissions.record(await records.fence(), new, task(new), in_line=False)

    assert answer == Recorded(Stage.FORWARDING)
    assert await records.stages.renew({new.id}) == {new.id}
    assert await elsewhere.stages.renew({new.id}) == frozenset()


async def test_where_there_is_no_line_what_waits_for_the_same_limits_keeps_its_turn(records: Records) -> None:
    await records.recorded()
    new = generation(stage=Stage.FORWARDING)

    answer = await records.admissions.record(await records.fence(), new, task(new), in_line=False)

    assert answer == Recorded(Stage.QUEUED)


async def test_nobody_waits_for_one_that_is_not_due(records: Records) -> None:
    await records.recorded(due_at=LATER)
    new = generation(stage=Stage.FORWARDING)

    answer = await records.admissions.record(await records.fence(), new, task(new))

    assert answer == Recorded(Stage.FORWARDING)


async def test_fifty_at_once_with_one_fingerprint_are_recorded_once(
    records: Records, elsewhere: Records
) -> None:
    fence = await records.fence()
    rivals = [generation(fingerprint="same") for _ in range(50)]

    answers = await asyncio.gather(
        *(
            (records, elsewhere)[number % 2].admissions.record(fence, rival, task(rival))
            for number, rival in enumerate(rivals)
        )
    )

    assert answers.count(Recorded(Stage.QUEUED)) == 1
    assert answers.count(SameFingerprint()) == 49


async def test_a_rebuild_and_creates_at_once_leave_none_outside_the_scan(
    records: Records, elsewhere: Records
) -> None:
    fence = await records.fence()
    rivals = [generation() for _ in range(60)]
    creates = asyncio.gather(*(records.admissions.record(fence, rival, task(rival)) for rival in rivals))

    scan = await elsewhere.stages.rebuild_scan(NOW)
    assert scan is not None

    answers = await creates

    recorded = {
        rival.id for rival, answer in zip(rivals, answers, strict=True) if isinstance(answer, Recorded)
    }
    assert {found.id for found in scan.open} == recorded


async def test_the_waiting_of_a_team_are_counted_in_their_lane(records: Records) -> None:
    here = await records.recorded()
    await records.recorded(team=ART, key=ART_KEY)
    await records.recorded(project="another")
    await records.running()

    assert await records.admissions.waiting(here.lane, ADS, tuple(Priority)) == 1


# --- join ---


async def test_joining_attaches_a_task_that_does_not_pay(records: Records) -> None:
    shared = await records.recorded(fingerprint="same")
    joining = follower(saved=Credits(25_000))

    seen = await records.admissions.join("same", joining, not_before=LONG_AGO)

    assert seen is not None
    assert seen.generation.id == shared.id
    assert (seen.task.pays, seen.task.saved) == (False, 25_000)
    assert await records.sight.task(joining.id) == seen


async def test_there_is_nothing_to_join_without_the_like(records: Records) -> None:
    assert await records.admissions.join("same", follower(), not_before=LONG_AGO) is None


async def test_a_finished_generation_is_shared(records: Records) -> None:
    shared = await records.running(fingerprint="same")
    await records.stages.close(shared.id, succeeded(), at=LATER)

    seen = await records.admissions.join("same", follower(), not_before=LONG_AGO)

    assert seen is not None
    assert seen.generation.outcome == succeeded().outcome


async def test_a_failed_generation_is_not_shared(records: Records) -> None:
    shared = await records.running(fingerprint="same")
    await records.stages.close(shared.id, failed(), at=LATER)

    assert await records.admissions.join("same", follower(), not_before=LONG_AGO) is None


async def test_an_old_generation_makes_room_for_a_new_one(records: Records) -> None:
    await records.recorded(fingerprint="same")

    joined = await records.admissions.join("same", follower(), not_before=NOW + timedelta(seconds=1))

    new = generation(fingerprint="same")
    assert joined is None
    assert await records.admissions.record(await records.fence(), new, task(new)) == Recorded(Stage.QUEUED)


async def test_a_generation_that_shows_failed_for_being_unclear_is_not_shared(records: Records) -> None:
    shared = await records.running(fingerprint="same")
    await records.stages.unclear(shared, at=NOW, due_at=LATER)
    late = follower(created_at=NOW + UNCLEAR_SHOWN_RUNNING)

    assert await records.admissions.join("same", late, not_before=LONG_AGO) is None


async def test_joining_again_with_an_idempotency_key_finds_the_first_task(records: Records) -> None:
    await records.recorded(fingerprint="same")
    first = await records.admissions.join("same", follower(idempotency_key="once"), not_before=LONG_AGO)

    again = await records.admissions.join("same", follower(idempotency_key="once"), not_before=LONG_AGO)

    assert again == first

"""What was handed over to be sent and was not."""

from datetime import timedelta

import pytest
from msgspec import structs

from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Stage
from gateway.rules.ids import GenerationId, UpstreamId, slot_id
from gateway.rules.settlement import refused
from tests.gateway.records.support import LATER, LONG_AGO, NOW, Records, follower

FIRST, SECOND = (slot_id(GenerationId("any"), attempt) for attempt in ("first", "second"))
UPSTREAM = UpstreamId("upstream-1")
MUCH_LATER = NOW + UNCLEAR_SHOWN_RUNNING + timedelta(minutes=1)


async def test_a_generation_that_was_not_started_can_be_queued_again(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)

    assert await records.stages.requeue(sending, at=NOW, due_at=LATER)

    now = await records.now(sending.id)
    assert (now.stage, now.due_at) == (Stage.QUEUED, LATER)
    assert await records.stages.begin_forwarding(await records.fence(), sending, at=NOW) is not None


async def test_what_was_given_up_as_unclear_and_was_never_sent_can_be_queued_again(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.unclear(sending, at=NOW, due_at=LATER)

    assert await records.stages.requeue(sending, at=LATER, due_at=LATER)

    now = await records.now(sending.id)
    assert (now.stage, now.unclear_at) == (Stage.QUEUED, None)


async def test_what_shows_failed_already_is_not_queued_again(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.unclear(sending, at=NOW, due_at=LATER)

    assert not await records.stages.requeue(sending, at=MUCH_LATER, due_at=MUCH_LATER)


async def test_another_attempt_is_not_queued_again(records: Records) -> None:
    queued = await records.recorded()
    taken = structs.replace(queued, slot=FIRST)
    await records.stages.begin_forwarding(await records.fence(), taken, at=NOW)

    for other in (queued, structs.replace(queued, slot=SECOND)):
        assert not await records.stages.requeue(other, at=LATER, due_at=LATER)

    assert await records.stages.requeue(taken, at=LATER, due_at=LATER)


async def test_what_has_started_is_not_queued_again(records: Records) -> None:
    running = await records.running()
    await records.stages.unclear(running, at=NOW, due_at=LATER)

    assert not await records.stages.requeue(running, at=LATER, due_at=LATER)


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.FORWARDING])
async def test_a_create_that_nothing_came_of_is_closed(records: Records, stage: Stage) -> None:
    new = await records.recorded(stage=stage)

    closed = await records.stages.take_back(new, refused("No."), attempt=0, at=NOW)

    assert closed is not None


async def test_a_create_that_the_queue_went_on_with_is_left_alone(records: Records) -> None:
    new = await records.recorded()
    taken = structs.replace(new, slot=FIRST)
    await records.stages.begin_forwarding(await records.fence(), taken, at=NOW)

    assert await records.stages.take_back(new, refused("No."), attempt=0, at=NOW) is None


async def test_a_create_that_another_joined_is_left_alone(records: Records) -> None:
    new = await records.recorded(fingerprint="alike")
    await records.admissions.join("alike", follower(), not_before=LONG_AGO)

    assert await records.stages.take_back(new, refused("No."), attempt=0, at=NOW) is None


async def test_a_create_whose_client_sent_it_again_is_left_alone(records: Records) -> None:
    new = await records.recorded()
    await records.admissions.retried(new.key, "digest", attempt=1, not_before=LONG_AGO)

    assert await records.stages.take_back(new, refused("No."), attempt=0, at=NOW) is None


async def test_a_create_that_has_started_is_left_alone(records: Records) -> None:
    new = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.unclear(new, at=NOW, due_at=LATER)
    await records.stages.started(new.id, UPSTREAM, answer=None, at=NOW, due_at=LATER)

    assert await records.stages.take_back(new, refused("No."), attempt=0, at=NOW) is None


# --- refused ---


@pytest.mark.parametrize("unclear", [False, True])
async def test_an_attempt_that_started_nothing_ends_its_generation(
    records: Records, *, unclear: bool
) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING, slot=FIRST)
    if unclear:
        await records.stages.unclear(sending, at=NOW, due_at=LATER)

    closed = await records.stages.refuse(sending, refused("No."), at=LATER)

    assert closed is not None
    assert (closed.stage, closed.charged) == (Stage.CLOSING, 0)


async def test_what_is_back_in_the_queue_is_not_ended_by_who_gave_it_up(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING, slot=FIRST)
    await records.stages.requeue(sending, at=NOW, due_at=NOW)

    assert await records.stages.refuse(sending, refused("No."), at=LATER) is None
    assert (await records.now(sending.id)).stage is Stage.QUEUED


async def test_an_attempt_does_not_end_another_one(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING, slot=FIRST)
    await records.stages.requeue(sending, at=NOW, due_at=NOW)
    again = structs.replace(sending, slot=SECOND)
    await records.stages.begin_forwarding(await records.fence(), again, at=NOW)

    assert await records.stages.refuse(sending, refused("No."), at=LATER) is None
    await records.stages.started(sending.id, UPSTREAM, answer=None, at=NOW, due_at=NOW)
    assert await records.stages.refuse(again, refused("No."), at=LATER) is None

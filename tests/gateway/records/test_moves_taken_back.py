"""What was handed over to be sent and was not."""

from datetime import timedelta

import pytest
from msgspec import structs

from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Stage
from gateway.rules.ids import UpstreamId
from gateway.rules.settlement import refused
from tests.gateway.records.support import LATER, NOW, Records

UPSTREAM = UpstreamId("upstream-1")
MUCH_LATER = NOW + UNCLEAR_SHOWN_RUNNING + timedelta(minutes=1)


async def test_a_generation_that_was_not_started_can_be_queued_again(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)

    assert await records.stages.requeue(sending, at=NOW, due_at=LATER)

    now = await records.now(sending.id)
    assert (now.stage, now.due_at) == (Stage.QUEUED, LATER)
    assert await records.stages.begin_forwarding(await records.fence(), sending.id, at=NOW) is not None


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
    await records.stages.begin_forwarding(await records.fence(), queued.id, at=NOW)

    for other in (queued, structs.replace(queued, forwarded_at=LATER)):
        assert not await records.stages.requeue(other, at=LATER, due_at=LATER)

    assert await records.stages.requeue(structs.replace(queued, forwarded_at=NOW), at=LATER, due_at=LATER)


async def test_what_has_started_is_not_queued_again(records: Records) -> None:
    running = await records.running()
    await records.stages.unclear(running, at=NOW, due_at=LATER)

    assert not await records.stages.requeue(running, at=LATER, due_at=LATER)


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.FORWARDING])
async def test_a_create_that_nothing_came_of_is_closed(records: Records, stage: Stage) -> None:
    new = await records.recorded(stage=stage)

    closed = await records.stages.close(new.id, refused("No."), at=NOW, never_taken=True)

    assert closed is not None


async def test_a_create_that_the_queue_went_on_with_is_left_alone(records: Records) -> None:
    new = await records.recorded()
    await records.stages.begin_forwarding(await records.fence(), new.id, at=NOW)

    assert await records.stages.close(new.id, refused("No."), at=NOW, never_taken=True) is None


async def test_a_create_that_has_started_is_left_alone(records: Records) -> None:
    new = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.unclear(new, at=NOW, due_at=LATER)
    await records.stages.started(new.id, UPSTREAM, answer=None, at=NOW, due_at=LATER)

    assert await records.stages.close(new.id, refused("No."), at=NOW, never_taken=True) is None

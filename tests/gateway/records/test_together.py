"""Units that share a transaction see each other's changes, as if each had one of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from threading import Event

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.ports.records import Recorded, SameFingerprint, SameIdempotencyKey
from gateway.records.tables import requests
from gateway.rules.fence import Fence
from gateway.rules.generation import Stage
from gateway.rules.ids import ReservationId, UpstreamId
from gateway.rules.settlement import refused
from tests.gateway.records.support import (
    ADS,
    ADS_KEY,
    ART,
    LATER,
    LONG_AGO,
    NOW,
    Records,
    follower,
    generation,
    task,
)

SLOT = ReservationId("slot")
NO = refused("No.")


@asynccontextmanager
async def _in_one_transaction(records: Records) -> AsyncIterator[asyncio.TaskGroup]:
    """Hold the writer up until all that is begun inside waits for it."""
    has_begun, may_end = Event(), Event()

    def hold_up(_: object) -> None:
        has_begun.set()
        may_end.wait()

    async with asyncio.TaskGroup() as units:
        units.create_task(records.database.write(hold_up))
        await asyncio.to_thread(has_begun.wait)
        yield units
        await asyncio.sleep(0)  # each unit's first step is to wait for the writer
        may_end.set()


async def test_the_last_one_out_sees_who_has_just_joined(records: Records) -> None:
    shared = await records.running(fingerprint="same")
    (payer,) = await records.sight.tasks_of([shared.id])

    async with _in_one_transaction(records) as units:
        joined = units.create_task(records.admissions.join("same", follower(), not_before=LONG_AGO))
        left = units.create_task(records.stages.detach(payer.task.id, ADS, at=NOW))

    seen, detached = joined.result(), left.result()
    assert seen is not None
    assert detached is not None
    assert detached.others == (seen.task,)
    assert (await records.now(shared.id)).fingerprint == "same"


async def test_a_retry_finds_the_task_that_has_just_been_recorded(records: Records) -> None:
    new, fence = generation(), await records.fence()
    first = task(new, digest="same")

    async with _in_one_transaction(records) as units:
        units.create_task(records.database.write(lambda _: "whatever else waits"))
        units.create_task(records.admissions.record(fence, new, first))
        again = units.create_task(records.admissions.retried(ADS_KEY, "same", attempt=1, not_before=LONG_AGO))

    seen = again.result()
    assert seen is not None
    assert seen.task.id == first.id


async def test_a_refusal_frees_the_key_of_who_has_just_joined(records: Records) -> None:
    shared = await records.recorded(fingerprint="same")

    async with _in_one_transaction(records) as units:
        joining = follower(idempotency_key="once")
        units.create_task(records.admissions.join("same", joining, not_before=LONG_AGO))
        units.create_task(records.stages.close(shared.id, NO, at=NOW))

    assert await records.admissions.with_idempotency_key(ART, "once") is None


async def test_what_has_just_been_promised_is_not_taken_back(records: Records) -> None:
    sending = await records.recorded(fingerprint="same", stage=Stage.FORWARDING, slot=SLOT)

    async with _in_one_transaction(records) as units:
        units.create_task(records.admissions.join("same", follower(), not_before=LONG_AGO))
        taken_back = units.create_task(records.stages.take_back(sending, NO, attempt=0, at=NOW))

    assert taken_back.result() is None


async def test_what_was_asked_for_goes_with_an_end_that_comes_at_once(records: Records) -> None:
    started = await records.recorded()
    sending = await records.recorded(stage=Stage.FORWARDING, slot=SLOT, body=b'{"promptText":"a hen"}')

    async with _in_one_transaction(records) as units:
        units.create_task(
            records.stages.started(started.id, UpstreamId("up"), answer=None, at=NOW, due_at=LATER)
        )
        units.create_task(records.stages.requeue(sending, at=NOW, due_at=NOW))
        units.create_task(records.stages.close(sending.id, NO, at=NOW))

    kept = await records.database.read(lambda connection: connection.scalars(select(requests.c.body)).all())
    assert kept == []


async def test_creates_that_are_recorded_together_are_recorded_each(records: Records) -> None:
    fence = await records.fence()
    queued = generation(turn=LATER.timestamp())
    *sent, like = [
        generation(stage=Stage.FORWARDING, slot=ReservationId("first")),
        generation(stage=Stage.FORWARDING, slot=ReservationId("second"), fingerprint="same"),
        generation(stage=Stage.FORWARDING, slot=ReservationId("third"), fingerprint="same"),
    ]

    async with _in_one_transaction(records) as units:
        recorded = [
            units.create_task(records.admissions.record(fence, each, task(each)))
            for each in (queued, sent[0], sent[1], like)
        ]
        units.create_task(records.admissions.record(Fence(99, 99, 99), generation(), task(generation())))

    assert [one.result() for one in recorded] == [
        Recorded(Stage.QUEUED),
        Recorded(Stage.FORWARDING),
        Recorded(Stage.FORWARDING),
        SameFingerprint(),
    ]
    for each in (queued, *sent):
        assert len(await records.sight.tasks_of([each.id])) == 1


async def test_one_that_waits_longer_comes_before_one_that_was_to_be_sent(records: Records) -> None:
    fence, queued = await records.fence(), generation()
    sent = generation(stage=Stage.FORWARDING, slot=SLOT)

    async with _in_one_transaction(records) as units:
        recorded = [
            units.create_task(records.admissions.record(fence, each, task(each))) for each in (sent, queued)
        ]

    assert [one.result() for one in recorded] == [Recorded(Stage.QUEUED)] * 2
    assert (await records.now(sent.id)).slot is None


async def test_two_of_one_idempotency_key_that_are_recorded_together_are_one(records: Records) -> None:
    fence = await records.fence()
    first, second = generation(), generation()

    async with _in_one_transaction(records) as units:
        recorded = [
            units.create_task(records.admissions.record(fence, each, task(each, idempotency_key="once")))
            for each in (first, second)
        ]

    assert [type(one.result()) for one in recorded] == [Recorded, SameIdempotencyKey]


async def test_one_that_cannot_be_recorded_hurts_no_other(records: Records) -> None:
    fence, there = await records.fence(), await records.recorded()
    (seen,) = await records.sight.tasks_of([there.id])
    bad, *good = (generation() for _ in range(4))

    async with _in_one_transaction(records) as units:
        refused_alone = units.create_task(
            _failure(records.admissions.record(fence, bad, task(bad, id=seen.task.id)))
        )
        recorded = [units.create_task(records.admissions.record(fence, each, task(each))) for each in good]

    assert isinstance(refused_alone.result(), IntegrityError)
    assert [one.result() for one in recorded] == [Recorded(Stage.QUEUED)] * 3


async def _failure(unit: Awaitable[object]) -> Exception | None:
    try:
        await unit
    except Exception as failure:  # noqa: BLE001 - what kind it is of is the question
        return failure
    return None


async def test_starts_that_are_recorded_together_are_recorded_each(records: Records) -> None:
    sending = [
        await records.recorded(stage=Stage.FORWARDING, slot=ReservationId(slot)) for slot in ("one", "two")
    ]

    async with _in_one_transaction(records) as units:
        started = [
            units.create_task(
                records.stages.started(
                    each.id, UpstreamId(f"up {each.slot}"), answer=b"{}", at=NOW, due_at=LATER
                )
            )
            for each in sending
        ]

    told = [one.result() for one in started]
    assert [(one.id, one.upstream_id, one.stage) for one in told] == [
        (each.id, f"up {each.slot}", Stage.RUNNING) for each in sending
    ]
    assert told == [await records.now(each.id) for each in sending]

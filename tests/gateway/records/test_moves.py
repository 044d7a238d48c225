import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.records.tables import requests
from gateway.rules.credits import Credits
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Basis, Stage, Status
from gateway.rules.ids import GenerationId, UpstreamId
from gateway.rules.settlement import Observation, Settlement, refused
from tests.gateway.records.support import (
    ADS,
    ADS_KEY,
    LATER,
    LONG_AGO,
    NOW,
    RESERVED,
    Records,
    failed,
    follower,
    generation,
    succeeded,
    task,
)

UPSTREAM = UpstreamId("upstream-1")
SEEN_RUNNING = Observation(Status.RUNNING, progress=0.5)
MUCH_LATER = NOW + UNCLEAR_SHOWN_RUNNING + timedelta(minutes=1)


async def test_one_of_many_begins_forwarding(records: Records, elsewhere: Records) -> None:
    queued, fence = await records.recorded(), await records.fence()

    answers = await asyncio.gather(
        *(one.stages.begin_forwarding(fence, queued, at=NOW) for one in (records, elsewhere) * 10)
    )

    sending = [answer for answer in answers if answer is not None]
    assert [(one.stage, one.body, one.headers) for one in sending] == [
        (Stage.FORWARDING, queued.body, queued.headers)
    ]


async def test_a_generation_for_which_nobody_waits_is_not_sent(records: Records) -> None:
    new, fence = generation(), await records.fence()
    deleted = task(new)
    await records.admissions.record(fence, new, deleted)
    await records.stages.detach(deleted.id, ADS, at=LATER)

    forwarding = await records.stages.begin_forwarding(fence, new, at=NOW)

    assert forwarding is None
    assert [waiting.id for waiting in await records.stages.queued(now=NOW, limit=1)] == [new.id]


async def test_a_delete_and_a_dispatch_at_once_send_only_what_the_delete_knows_of(
    records: Records, elsewhere: Records
) -> None:
    fence = await records.fence()
    pairs = [(new, task(new)) for new in (generation() for _ in range(20))]
    for new, paying in pairs:
        await records.admissions.record(fence, new, paying)

    begun = asyncio.gather(*(elsewhere.stages.begin_forwarding(fence, new, at=NOW) for new, _ in pairs))
    left = await asyncio.gather(*(records.stages.detach(each.id, ADS, at=LATER) for _, each in pairs))

    sent = {one.id for one in await begun if one is not None}
    known = {one.generation.id for one in left if one and one.generation.stage is Stage.FORWARDING}
    assert sent == known


async def test_a_generation_goes_out_only_under_the_fence_that_its_slot_was_taken_under(
    records: Records,
) -> None:
    queued, fence = await records.recorded(), await records.fence()
    await records.stages.rebuild_scan(NOW)

    forwarding = await records.stages.begin_forwarding(fence, queued, at=NOW)

    assert forwarding is None
    assert (await records.now(queued.id)).stage is Stage.QUEUED


async def test_a_started_generation_runs_under_its_upstream_id(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)

    started = await records.stages.started(sending.id, UPSTREAM, answer=b'{"id":"1"}', at=LATER, due_at=LATER)

    assert (started.stage, started.upstream_id, started.answer) == (Stage.RUNNING, UPSTREAM, b'{"id":"1"}')
    assert started.forwarded_at == LATER
    leased = await records.stages.lease(Stage.RUNNING, now=LATER, limit=10)
    assert [generation.id for generation in leased] == [sending.id]


async def test_an_answer_that_comes_after_the_settlement_is_still_stored(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.close(sending.id, refused("deleted"), at=NOW)

    started = await records.stages.started(sending.id, UPSTREAM, answer=None, at=LATER, due_at=LATER)

    assert (started.stage, started.upstream_id) == (Stage.CLOSING, UPSTREAM)


async def test_a_late_answer_leaves_an_unclear_generation_to_be_looked_at(records: Records) -> None:
    unclear = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.unclear(unclear, at=NOW, due_at=MUCH_LATER)

    started = await records.stages.started(unclear.id, UPSTREAM, answer=None, at=LATER, due_at=LATER)

    assert (started.stage, started.unclear_at, started.upstream_id) == (Stage.UNCLEAR, NOW, UPSTREAM)
    leased = await records.stages.lease(Stage.UNCLEAR, now=LATER, limit=10)
    assert [generation.id for generation in leased] == [unclear.id]


async def test_an_unclear_generation_that_is_seen_running_runs_again(records: Records) -> None:
    unclear = await records.running()
    await records.stages.unclear(unclear, at=NOW, due_at=NOW)
    await records.stages.lease(Stage.UNCLEAR, now=NOW, limit=10)

    revived = await records.stages.revive(
        await records.fence(), unclear, SEEN_RUNNING, at=LATER, due_at=LATER
    )

    assert revived
    now = await records.now(unclear.id)
    assert (now.stage, now.unclear_at, now.progress) == (Stage.RUNNING, None, 0.5)
    leased = await records.stages.lease(Stage.RUNNING, now=LATER, limit=10)
    assert [generation.id for generation in leased] == [unclear.id]


async def test_an_unclear_generation_runs_again_only_under_the_fence_that_its_slot_was_taken_under(
    records: Records,
) -> None:
    unclear, fence = await records.running(), await records.fence()
    await records.stages.unclear(unclear, at=NOW, due_at=NOW)
    await records.stages.rebuild_scan(NOW)

    revived = await records.stages.revive(fence, unclear, SEEN_RUNNING, at=LATER, due_at=LATER)

    assert not revived
    assert (await records.now(unclear.id)).stage is Stage.UNCLEAR


async def test_what_was_only_observed_does_not_run_again(records: Records) -> None:
    unclear = await records.running()
    await records.stages.unclear(unclear, at=NOW, due_at=NOW)

    await records.stages.observe(unclear.id, SEEN_RUNNING, at=LATER, due_at=LATER)

    assert (await records.now(unclear.id)).stage is Stage.UNCLEAR


async def test_evidence_that_comes_too_late_does_not_take_back_what_was_shown(records: Records) -> None:
    unclear = await records.running()
    await records.stages.unclear(unclear, at=NOW, due_at=NOW)

    await records.stages.revive(
        await records.fence(), unclear, SEEN_RUNNING, at=MUCH_LATER, due_at=MUCH_LATER
    )

    now = await records.now(unclear.id)
    assert (now.stage, now.unclear_at) == (Stage.RUNNING, NOW)


async def test_an_observation_is_stored_and_keeps_the_lease(records: Records) -> None:
    running = await records.running()
    await records.stages.lease(Stage.RUNNING, now=NOW, limit=10)

    await records.stages.observe(
        running.id, Observation(Status.RUNNING, progress=0.25), at=LATER, due_at=LATER
    )

    now = await records.now(running.id)
    assert (now.upstream_status, now.progress, now.progress_at) == (Status.RUNNING, 0.25, LATER)
    assert await records.stages.renew({running.id}) == {running.id}


async def test_an_observation_changes_nothing_that_has_ended(records: Records) -> None:
    running = await records.running()
    closed = await records.stages.close(running.id, succeeded(), at=LATER)

    await records.stages.observe(
        running.id, Observation(Status.RUNNING, progress=0.9), at=LATER, due_at=LATER
    )

    assert await records.now(running.id) == closed


async def test_what_is_queued_or_ended_does_not_become_unclear(records: Records) -> None:
    queued, ended = await records.recorded(), await records.running()
    await records.stages.close(ended.id, succeeded(), at=LATER)

    became = [await records.stages.unclear(one, at=NOW, due_at=NOW) for one in (queued, ended)]

    assert became == [False, False]


async def test_unclear_money_stays_held(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)

    became = await records.stages.unclear(sending, at=NOW, due_at=LATER)

    now = await records.now(sending.id)
    assert became
    assert (now.stage, now.unclear_at, now.reserved, now.charged) == (Stage.UNCLEAR, NOW, RESERVED, None)


async def test_what_has_started_meanwhile_is_not_given_up(records: Records) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING)
    await records.stages.started(sending.id, UPSTREAM, answer=None, at=NOW, due_at=LATER)

    assert not await records.stages.unclear(sending, at=NOW, due_at=LATER)
    assert (await records.now(sending.id)).stage is Stage.RUNNING


# --- corrections ---


@pytest.mark.parametrize("credits", [20_000, 25_000, 30_000])
async def test_a_correction_sets_what_is_held(records: Records, credits: int) -> None:
    running = await records.running()

    done = await records.stages.correct(await records.fence(), running.id, Credits(credits))

    assert done
    assert (await records.now(running.id)).reserved == credits


async def test_nothing_is_corrected_upwards_under_an_old_fence(records: Records) -> None:
    running, old = await records.running(), await records.fence()
    await records.stages.rebuild_scan(NOW)

    done = await records.stages.correct(old, running.id, Credits(30_000))

    assert not done
    assert (await records.now(running.id)).reserved == RESERVED


async def test_a_correction_downwards_needs_no_fence(records: Records) -> None:
    running, old = await records.running(), await records.fence()
    await records.stages.rebuild_scan(NOW)

    done = await records.stages.correct(old, running.id, Credits(20_000))

    assert done
    assert (await records.now(running.id)).reserved == 20_000


async def test_what_is_closed_is_not_corrected(records: Records) -> None:
    running = await records.running()
    await records.stages.close(running.id, succeeded(), at=LATER)

    done = await records.stages.correct(await records.fence(), running.id, Credits(30_000))

    assert done
    assert (await records.now(running.id)).reserved == RESERVED


# --- settlement ---


async def test_closing_books_the_settlement(records: Records) -> None:
    running = await records.running()

    closed = await records.stages.close(running.id, succeeded(20_000), at=LATER)

    assert closed is not None
    assert (closed.stage, closed.charged, closed.basis) == (Stage.CLOSING, 20_000, Basis.OBSERVED)
    assert (closed.outcome, closed.finished_at) == (succeeded().outcome, LATER)
    assert await records.now(running.id) == closed


async def test_what_was_asked_for_is_forgotten_when_it_has_started_or_never_will(records: Records) -> None:
    started, ended, waits = [await records.recorded() for _ in range(3)]
    await records.stages.begin_forwarding(await records.fence(), started, at=NOW)
    await records.stages.started(started.id, UPSTREAM, answer=None, at=NOW, due_at=LATER)
    await records.stages.close(ended.id, refused("No."), at=LATER)

    assert await _kept_requests(records) == [waits.id]


async def test_what_was_asked_for_is_never_kept_of_a_create_that_is_sent_at_once(records: Records) -> None:
    await records.recorded(stage=Stage.FORWARDING)

    assert await _kept_requests(records) == []


async def test_a_create_that_was_to_be_sent_at_once_is_queued_with_what_was_asked_for(
    records: Records,
) -> None:
    sending = await records.recorded(stage=Stage.FORWARDING, body=b'{"promptText":"a hen"}')
    await records.stages.requeue(sending, at=NOW, due_at=NOW)

    begun = await records.stages.begin_forwarding(await records.fence(), sending, at=NOW)

    assert begun is not None
    assert begun.body == sending.body


async def _kept_requests(records: Records) -> Sequence[GenerationId]:
    return await records.database.read(
        lambda connection: connection.scalars(select(requests.c.generation)).all()
    )


async def test_closing_twice_at_once_books_once(records: Records, elsewhere: Records) -> None:
    running = await records.running()

    answers = await asyncio.gather(
        *(one.stages.close(running.id, succeeded(), at=LATER) for one in (records, elsewhere) * 5)
    )

    assert sum(answer is not None for answer in answers) == 1


async def test_closing_only_from_some_stages_leaves_others_alone(records: Records) -> None:
    running = await records.running()

    closed = await records.stages.close(running.id, refused("deleted"), at=LATER, stages={Stage.QUEUED})

    assert closed is None
    assert (await records.now(running.id)).stage is Stage.RUNNING


async def test_a_closing_generation_can_be_taken_up_and_finished(records: Records) -> None:
    running = await records.running()
    await records.stages.close(running.id, succeeded(), at=LATER)
    taken_up = await records.stages.lease(Stage.CLOSING, now=LATER, limit=10)

    await records.stages.finish(await records.fence(), running.id)

    assert [generation.id for generation in taken_up] == [running.id]
    assert (await records.now(running.id)).stage is Stage.DONE


async def test_nothing_but_closing_can_be_finished(records: Records) -> None:
    running = await records.running()

    await records.stages.finish(await records.fence(), running.id)

    assert (await records.now(running.id)).stage is Stage.RUNNING


@pytest.mark.parametrize(("settlement", "kept"), [(succeeded(), "same"), (failed(), None)])
async def test_a_failure_retires_the_fingerprint(
    records: Records, settlement: Settlement, kept: str | None
) -> None:
    running = await records.running(fingerprint="same")

    closed = await records.stages.close(running.id, settlement, at=LATER)

    assert closed is not None
    assert closed.fingerprint == kept


async def test_a_refused_create_may_be_sent_again_as_a_new_one(records: Records) -> None:
    sending = generation(stage=Stage.FORWARDING)
    fence = await records.fence()
    await records.admissions.record(fence, sending, task(sending, idempotency_key="once"))

    await records.stages.close(sending.id, refused("Runway refused it."), at=LATER)

    assert await records.admissions.with_idempotency_key(ADS, "once") is None
    assert await records.admissions.retried(ADS_KEY, "digest", attempt=1, not_before=LONG_AGO) is None


async def test_fresh_urls_replace_those_of_a_finished_generation(records: Records) -> None:
    running = await records.running(fingerprint="same")
    await records.stages.close(running.id, succeeded(), at=LATER)

    await records.stages.refresh(running.id, ["https://cdn.test/fresh.mp4"])

    seen = await records.admissions.join("same", follower(), not_before=LONG_AGO)
    assert seen is not None
    assert seen.generation.outcome is not None
    assert seen.generation.outcome.output == ("https://cdn.test/fresh.mp4",)


async def test_a_failed_generation_gets_no_urls(records: Records) -> None:
    running = await records.running()
    closed = await records.stages.close(running.id, failed(), at=LATER)

    await records.stages.refresh(running.id, ["https://cdn.test/fresh.mp4"])

    assert await records.now(running.id) == closed

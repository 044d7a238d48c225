import asyncio
from datetime import timedelta

import pytest

from gateway.ports.records import (
    Seen,
)
from gateway.rules.ids import TaskId, TeamId
from tests.gateway.records.support import (
    ADS,
    ADS_KEY,
    ART,
    ART_KEY,
    LONG_AGO,
    NOW,
    Records,
    generation,
    task,
)

# --- what a task can be found by ---


async def test_a_task_is_found_by_its_idempotency_key(records: Records) -> None:
    new = generation()
    keyed = task(new, idempotency_key="once")
    await records.admissions.record(await records.fence(), new, keyed)

    found = await records.admissions.with_idempotency_key(ADS, "once")

    assert found is not None
    assert found.task == keyed
    assert await records.admissions.with_idempotency_key(ART, "once") is None


async def _made(records: Records, number: int, **changes: object) -> TaskId:
    """Record a create with the digest of its like, and answer its task."""
    new = generation()
    created_at = NOW + timedelta(seconds=number)
    made = task(new, created_at=created_at, **changes)
    await records.admissions.record(await records.fence(), new, made)
    return made.id


async def _retried(records: Records, attempt: int) -> Seen | None:
    return await records.admissions.retried(ADS_KEY, "digest", attempt=attempt, not_before=NOW)


async def test_a_retry_takes_the_task_that_was_not_delivered(records: Records) -> None:
    delivered, lost = await _made(records, 1), await _made(records, 2)
    await records.admissions.delivered([delivered])

    seen = await _retried(records, 1)

    assert seen is not None
    assert (seen.task.id, seen.task.attempt) == (lost, 1)


async def test_of_delivered_tasks_a_retry_takes_the_newest(records: Records) -> None:
    older, newer = await _made(records, 1), await _made(records, 2)
    await records.admissions.delivered([older, newer])

    seen = await _retried(records, 1)

    assert seen is not None
    assert seen.task.id == newer


async def test_retries_of_several_creates_take_one_task_each(records: Records) -> None:
    made = {await _made(records, number) for number in range(3)}

    taken = await asyncio.gather(*(_retried(records, 1) for _ in range(4)))

    assert {seen.task.id for seen in taken if seen is not None} == made
    assert taken.count(None) == 1


async def test_a_second_retry_takes_the_same_task_again(records: Records) -> None:
    made = await _made(records, 1)
    await _retried(records, 1)

    seen = await _retried(records, 2)

    assert seen is not None
    assert (seen.task.id, seen.task.attempt) == (made, 2)


@pytest.mark.parametrize(
    "changes", [{"key": ART_KEY}, {"digest": "another"}, {"created_at": LONG_AGO}, {"attempt": 1}]
)
async def test_a_retry_takes_nothing_that_is_not_its_own(
    records: Records, changes: dict[str, object]
) -> None:
    new = generation()
    await records.admissions.record(await records.fence(), new, task(new, **changes))

    assert await _retried(records, 1) is None


# --- uploads ---


async def test_an_upload_belongs_to_the_team_that_made_it(records: Records) -> None:
    await records.admissions.add_upload(ADS, "runway://1", at=NOW)
    await records.admissions.add_upload(ART, "runway://2", at=NOW)

    owned = await records.admissions.owned_uploads(ADS, {"runway://1", "runway://2", "runway://3"})

    assert owned == {"runway://1"}


@pytest.mark.parametrize("text", ["'; DROP TABLE tasks; --", "%s %(id)s :id ? $1", "é漢🎬\\", '"{}"'])
async def test_text_is_stored_as_it_is(records: Records, text: str) -> None:
    new = generation(model=text, headers={text: text}, fingerprint=text)
    paying = task(new, digest=text, idempotency_key=text, labels={text: text})

    await records.admissions.record(await records.fence(), new, paying)

    seen = await records.admissions.with_idempotency_key(TeamId(ADS), text)
    assert seen is not None
    assert (seen.task, seen.generation.model, seen.generation.fingerprint) == (paying, text, text)

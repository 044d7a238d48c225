from datetime import timedelta

from gateway.ports.records import Seen
from gateway.rules.credits import Credits
from gateway.rules.generation import Status
from gateway.rules.ids import GenerationId, TaskId, UpstreamId
from gateway.rules.settlement import Observation
from tests.gateway.records.support import (
    ADS,
    LATER,
    LONG_AGO,
    NOW,
    Records,
    follower,
    generation,
    succeeded,
    task,
)

MOMENT = timedelta(milliseconds=1)


async def test_there_is_no_unknown_task(records: Records) -> None:
    assert await records.sight.task(TaskId("unknown")) is None


async def test_the_attached_tasks_of_generations_are_read(records: Records) -> None:
    new = generation(fingerprint="same")
    payer = task(new)
    await records.admissions.record(await records.fence(), new, payer)
    joined = await records.admissions.join("same", follower(), not_before=LONG_AGO)
    left = await records.admissions.join("same", follower(), not_before=LONG_AGO)
    assert joined is not None
    assert left is not None
    await records.stages.detach(left.task.id, left.task.team, at=LATER)

    read = await records.sight.tasks_of([new.id, GenerationId("unknown")])

    assert {seen.task.id for seen in read} == {payer.id, joined.task.id}
    assert {seen.generation.id for seen in read} == {new.id}


async def test_the_board_never_reads_what_was_forwarded(records: Records) -> None:
    new = generation()
    paying = task(new)
    await records.admissions.record(await records.fence(), new, paying)

    seen = await records.sight.task(paying.id)

    assert seen is not None
    assert (seen.generation.body, seen.generation.headers) == (b"", {})


async def test_changes_are_told_with_their_time(records: Records) -> None:
    before = await records.sight.store_time()
    running = await records.running()

    changes = await records.sight.changes(before, limit=10)

    assert [change.generation for change in changes.found] == [running.id]
    assert before <= changes.found[0].at <= changes.until


async def test_what_did_not_change_is_not_told(records: Records) -> None:
    await records.running()
    records.clock.advance(timedelta(seconds=1))
    since = await records.sight.store_time()

    changes = await records.sight.changes(since, limit=10)

    assert changes.found == []
    assert changes.until >= since


async def _begin(records: Records, seen: Seen) -> None:
    await records.stages.begin_forwarding(await records.fence(), seen.generation, at=NOW)


async def _start(records: Records, seen: Seen) -> None:
    await records.stages.started(
        seen.generation.id, UpstreamId("upstream-1"), answer=None, at=NOW, due_at=NOW
    )


async def _observe(records: Records, seen: Seen) -> None:
    observed = Observation(Status.RUNNING, progress=0.5)
    await records.stages.observe(seen.generation.id, observed, at=NOW, due_at=NOW)


async def _unclear(records: Records, seen: Seen) -> None:
    await records.stages.unclear(await records.now(seen.generation.id), at=NOW, due_at=NOW)


async def _revive(records: Records, seen: Seen) -> None:
    observed = Observation(Status.RUNNING, progress=0.6)
    await records.stages.revive(await records.fence(), seen.generation, observed, at=NOW, due_at=NOW)


async def _correct(records: Records, seen: Seen) -> None:
    await records.stages.correct(await records.fence(), seen.generation.id, Credits(30_000))


async def _close(records: Records, seen: Seen) -> None:
    await records.stages.close(seen.generation.id, succeeded(), at=LATER)


async def _refresh(records: Records, seen: Seen) -> None:
    await records.stages.refresh(seen.generation.id, ["https://cdn.test/fresh.mp4"])


async def _detach(records: Records, seen: Seen) -> None:
    await records.stages.detach(seen.task.id, ADS, at=LATER)


async def test_every_change_that_shows_is_told(records: Records) -> None:
    new = generation()
    seen = Seen(task(new), new)
    await records.admissions.record(await records.fence(), new, seen.task)

    for change in (_begin, _start, _observe, _unclear, _revive, _correct, _close, _refresh, _detach):
        records.clock.advance(timedelta(seconds=1))
        since = await records.sight.store_time()

        await change(records, seen)

        told = await records.sight.changes(since, limit=10)
        assert [one.generation for one in told.found] == [new.id], change.__name__


async def test_a_full_list_says_where_it_ends(records: Records) -> None:
    before = await records.sight.store_time()
    for _ in range(3):
        await records.recorded()
        records.clock.advance(MOMENT)

    first = await records.sight.changes(before, limit=2)
    rest = await records.sight.changes(first.until, limit=2)

    assert first.until == first.found[-1].at
    assert rest.found[0] == first.found[-1]
    assert len(rest.found) == 2

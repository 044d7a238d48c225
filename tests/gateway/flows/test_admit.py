import asyncio

import pytest

from gateway.ports.ledger import Use
from gateway.rules.generation import Stage
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import CLIP_COST, Play, Process, credits_limit, limits, running_limit

ONE_CLIP = credits_limit(25)


async def test_a_create_that_a_policy_change_overtakes_is_not_refused_for_its_own_hold(
    process: Process,
) -> None:
    member = await process.add_member("ads", limits(ONE_CLIP))
    with barrier(process.background.admissions, "record") as recording:
        creating = asyncio.ensure_future(process.create(member))
        await recording.reached.wait()
        await process.add_member("art")

        recording.open()
        created = await creating

    assert (await process.generation(created)).stage is Stage.RUNNING
    assert await process.use(member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)


async def test_a_create_that_a_rebuild_overtakes_is_admitted_once(play: Play, process: Process) -> None:
    member = await process.add_member("ads", limits(ONE_CLIP))
    with barrier(process.background.admissions, "record") as recording:
        creating = asyncio.ensure_future(process.create(member))
        await recording.reached.wait()
        await play.flush_ledger()
        await process.background.mend.mend()

        recording.open()
        await creating

    assert len(await process.generations()) == 1
    with pytest.raises(BudgetExceeded):
        await process.create(member)


async def test_two_creates_on_a_budget_for_one_stay_one_through_a_rebuild(
    play: Play, process: Process
) -> None:
    member = await process.add_member("ads", limits(ONE_CLIP))
    other = await play.process()
    with barrier(process.background.admissions, "record") as recording:
        held_up = asyncio.ensure_future(process.create(member))
        await recording.reached.wait()
        await play.flush_ledger()
        await other.create(member)

        recording.open()
        with pytest.raises(BudgetExceeded):
            await held_up

    assert len(await process.generations()) == 1


async def test_a_create_that_was_taken_for_abandoned_starts_again(play: Play, process: Process) -> None:
    member = await process.add_member("ads", limits(ONE_CLIP))
    other = await play.process()
    with barrier(process.background.admissions, "record") as recording:
        creating = asyncio.ensure_future(process.create(member))
        await recording.reached.wait()
        play.clock.advance_seconds(61)
        await other.background.mend.release_abandoned()

        recording.open()
        created = await creating

    assert (await process.generation(created)).stage is Stage.RUNNING
    assert len(other.told("abandoned")) == 1


async def test_a_create_that_finds_others_waiting_gives_its_slot_back(process: Process) -> None:
    member = await process.add_member("ads", limits(running_limit(1)))
    for _ in range(2):
        await process.create(member)
    free = await process.add_member("art", limits(running_limit(1)))

    created = await process.create(free)

    assert (await process.generation(created)).stage is Stage.QUEUED
    assert await process.use(free.team_owner, running_limit(1)) == Use(0, 0)


async def test_an_answer_lost_after_the_commit_is_the_task_of_the_next_attempt(
    process: Process,
) -> None:
    """The second record of the same generation finds the first."""
    member = await process.add_member("ads", limits(ONE_CLIP))
    created = await process.create(member)
    generation = await process.generation(created)
    fence = await process.background.admissions.fence()

    again = await process.background.admissions.record(fence, generation, (await process.tasks())[0])

    assert again.stage is Stage.RUNNING  # type: ignore[union-attr]

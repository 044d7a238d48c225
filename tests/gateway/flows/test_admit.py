import asyncio

import pytest

from gateway.ports.ledger import Use
from gateway.rules.generation import Stage
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import CLIP_COST, Peer, Play, credits_limit, limits, running_limit
from tests.gateway.flows.upstream import Upstream

ONE_CLIP = credits_limit(25)


async def test_a_create_that_a_policy_change_overtakes_is_not_refused_for_its_own_hold(
    peer: Peer,
) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    with barrier(peer.background.admissions, "record") as recording:
        creating = asyncio.ensure_future(peer.create(member))
        await recording.reached.wait()
        await peer.add_member("art")

        recording.open()
        created = await creating

    assert (await peer.generation(created)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)


async def test_a_create_that_a_rebuild_overtakes_is_admitted_once(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    with barrier(peer.background.admissions, "record") as recording:
        creating = asyncio.ensure_future(peer.create(member))
        await recording.reached.wait()
        await play.flush_ledger()
        await peer.background.mend.mend()

        recording.open()
        await creating

    assert len(await peer.generations()) == 1
    with pytest.raises(BudgetExceeded):
        await peer.create(member)


async def test_two_creates_on_a_budget_for_one_stay_one_through_a_rebuild(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    other = await play.peer()
    with barrier(peer.background.admissions, "record") as recording:
        held_up = asyncio.ensure_future(peer.create(member))
        await recording.reached.wait()
        await play.flush_ledger()
        await other.create(member)

        recording.open()
        with pytest.raises(BudgetExceeded):
            await held_up

    assert len(await peer.generations()) == 1


async def test_a_create_that_was_taken_for_abandoned_starts_again(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    other = await play.peer()
    with barrier(peer.background.admissions, "record") as recording:
        creating = asyncio.ensure_future(peer.create(member))
        await recording.reached.wait()
        play.clock.advance_seconds(61)
        await other.background.mend.release_abandoned()

        recording.open()
        created = await creating

    assert (await peer.generation(created)).stage is Stage.RUNNING
    assert len(other.told("abandoned")) == 2  # what it held of the budget, and its slot


async def test_a_create_that_finds_others_waiting_gives_its_slot_back(peer: Peer, upstream: Upstream) -> None:
    upstream.set_tier("2")
    await peer.read_tier()
    member = await peer.add_member("ads", limits(running_limit(1)))
    for _ in range(2):
        await peer.create(member)
    free = await peer.add_member("art", limits(running_limit(1)))

    created = await peer.create(free)

    assert (await peer.generation(created)).stage is Stage.QUEUED
    assert await peer.use(free.team_owner, running_limit(1)) == Use(0, 0)


async def test_an_answer_lost_after_the_commit_is_the_task_of_the_next_attempt(
    peer: Peer,
) -> None:
    """The second record of the same generation finds the first."""
    member = await peer.add_member("ads", limits(ONE_CLIP))
    created = await peer.create(member)
    generation = await peer.generation(created)
    fence = await peer.background.admissions.fence()

    again = await peer.background.admissions.record(fence, generation, (await peer.tasks())[0])

    assert again.stage is Stage.RUNNING  # type: ignore[union-attr]

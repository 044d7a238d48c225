"""What the SDK's automatic retry gets, whose first answer may or may not have arrived."""

import pytest

from gateway.rules.refusals import BudgetExceeded, UpstreamRefused
from tests.gateway.flows.play import Peer, Play, clip, credits_limit, limits, task_id
from tests.gateway.flows.upstream import Upstream


async def test_a_retry_takes_the_task_that_was_made_before(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    first = await peer.create(member)

    retried = await peer.create(member, attempt=1)

    assert task_id(retried) == task_id(first)
    assert len(upstream.creates()) == 1


async def test_a_retry_takes_what_was_not_delivered_first(peer: Peer) -> None:
    member = await peer.add_member("ads")
    lost, arrived = await peer.create(member), await peer.create(member)
    peer.background.deliveries.note(task_id(arrived))

    retried = await peer.create(member, attempt=1)

    assert task_id(retried) == task_id(lost)


async def test_each_task_is_taken_once_by_the_same_attempt(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    first, second = await peer.create(member), await peer.create(member)

    retried = [await peer.create(member, attempt=1) for _ in range(2)]

    assert {task_id(each) for each in retried} == {task_id(first), task_id(second)}
    assert len(upstream.creates()) == 2


async def test_a_second_retry_takes_what_the_first_took(peer: Peer) -> None:
    member = await peer.add_member("ads")
    first = await peer.create(member)
    await peer.create(member, attempt=1)

    again = await peer.create(member, attempt=2)

    assert task_id(again) == task_id(first)


async def test_a_retry_of_what_never_arrived_is_a_new_create(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")

    await peer.create(member, attempt=1)

    assert len(upstream.creates()) == 1


async def test_a_retry_of_another_body_or_another_key_takes_nothing(peer: Peer, upstream: Upstream) -> None:
    member, colleague = await peer.add_member("ads"), await peer.add_member("ads")
    await peer.create(member)

    await peer.create(member, clip(promptText="another"), attempt=1)
    await peer.create(colleague, attempt=1)

    assert len(upstream.creates()) == 3


async def test_a_retry_that_comes_late_is_a_new_create(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    await peer.create(member)
    peer.clock.advance_seconds(601)

    await peer.create(member, attempt=1)

    assert len(upstream.creates()) == 2


async def test_a_retry_after_a_refusal_is_sent_again(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    upstream.arm("refuse", status=503, times=1, operation="image_to_video")
    with pytest.raises(UpstreamRefused):
        await peer.create(member)

    await peer.create(member, attempt=1)

    assert len(upstream.creates()) == 1


async def test_a_retry_in_another_process_takes_the_same_task(play: Play, upstream: Upstream) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(credits_limit(25)))
    first = await here.create(member)

    retried = await there.create(member, attempt=1)

    assert task_id(retried) == task_id(first)
    assert len(upstream.creates()) == 1


async def test_three_deliberate_creates_are_three_however_alike(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(credits_limit(75)))
    for _ in range(3):
        await peer.create(member)

    with pytest.raises(BudgetExceeded):
        await peer.create(member)

"""Stories of deleted tasks: running, queued, paid for by others, and too late."""

from gateway.rules.policy import Policy
from tests.crashes.stories.cast import MINUTE, Act, Cast
from tests.gateway.flows.play import credits_limit, limits


async def cancel_running(cast: Cast) -> Act:
    return cast.cancelling(await cast.made_before())


async def cancel_what_has_ended(cast: Cast) -> Act:
    """Nobody has read yet that it has."""
    made = await cast.made_before()
    cast.play.clock.advance(MINUTE)
    return cast.cancelling(made)


async def cancel_in_vain(cast: Cast) -> Act:
    cast.play.upstream.arm("refuse", status=500, operation="tasks_delete", times=1)
    return await cancel_running(cast)


async def cancel_unclear(cast: Cast) -> Act:
    """Runway did not accept the key when it was read."""
    cast.play.upstream.arm("lasts", seconds=200, times=1)
    made = await cast.made_before()
    cast.play.upstream.arm("refuse", status=401, operation="tasks_retrieve", times=1)
    cast.play.clock.advance(MINUTE)
    await cast.survivor.round()
    return cast.cancelling(made)


async def cancel_finished(cast: Cast) -> Act:
    made = await cast.made_before()
    await cast.survivor.rest()
    return cast.cancelling(made)


async def cancel_queued(cast: Cast) -> Act:
    await cast.slot_taken()
    return cast.cancelling(await cast.made_before())


async def cancel_what_is_under_way(cast: Cast) -> Act:
    await cast.under_way(cast.body())
    (task,) = [task for task in await cast.survivor.tasks() if task.team == cast.member.team]
    return lambda: cast.cancel.cancel(task.id, cast.member.team)


async def hand_over(cast: Cast) -> Act:
    return await _with_follower(cast, limits(credits_limit(1000)))


async def hand_over_to_nobody(cast: Cast) -> Act:
    return await _with_follower(cast, limits(credits_limit(0)))


async def hand_over_while_a_policy_is_changed(cast: Cast) -> Act:
    """It is in the records; the ledger was not told yet."""
    act = await hand_over(cast)
    await cast.policy_set()
    return act


async def _with_follower(cast: Cast, policy: Policy) -> Act:
    """Let another team wait for what is queued and is deleted by who pays for it."""
    await cast.slot_taken()
    queued = await cast.made_before(seed=1)
    follower = await cast.newcomer(policy)
    await cast.survivor.create(follower, cast.body(seed=1))
    return cast.cancelling(queued)

"""Stories of what waits its turn, of what was never sent, and of what nobody knows whether it was."""

from contextlib import suppress

from gateway.ports.records import RecordsAway
from gateway.rules.credits import ZERO
from tests.crashes.stories.cast import Act, Cast
from tests.gateway.flows.barrier import answering, failing
from tests.gateway.flows.play import PAST_LEASES, task_id


async def dispatch(cast: Cast) -> Act:
    first = await cast.slot_taken()
    await cast.made_before()
    await cast.survivor.cancel(first, cast.member)
    return cast.victim.background.dispatch.dispatch


async def dispatch_in_vain(cast: Cast) -> Act:
    act = await dispatch(cast)
    cast.play.upstream.arm("refuse", status=503, operation="image_to_video", times=1)
    return act


async def dispatch_what_another_sends(cast: Cast) -> Act:
    act = await dispatch(cast)
    stages = cast.victim.background.stages
    cast.scene.enter_context(answering(stages, "begin_forwarding", None, times=1))
    return act


async def dispatch_while_a_policy_is_changed(cast: Cast) -> Act:
    """It is in the records; the ledger was not told yet."""
    act = await dispatch(cast)
    await cast.policy_set()
    return act


async def dispatch_what_nobody_waits_for(cast: Cast) -> Act:
    """Its DELETE got no further than the records."""
    await cast.slot_taken()
    deleted = await cast.made_before()
    await cast.survivor.background.stages.detach(task_id(deleted), cast.member.team, at=cast.play.clock.now())
    return cast.victim.background.dispatch.dispatch


async def give_up_an_orphan(cast: Cast) -> Act:
    """Its sender died before it sent anything."""
    await cast.begun()
    cast.play.clock.advance(PAST_LEASES)
    return cast.victim.background._orphans


async def send_what_was_resolved_meanwhile(cast: Cast) -> Act:
    """The victim stood still; an administrator ended what it was about to send."""
    begun = await cast.begun()
    cast.play.clock.advance(PAST_LEASES)
    await cast.survivor.background._orphans()
    (task,) = [task for task in await cast.survivor.tasks() if task.generation == begun.id]
    await cast.survivor.administer.resolve(task.id, ZERO, "never sent")
    return lambda: cast.victim.background.forward.send(begun, awaited=False)


async def take_back_a_create(cast: Cast) -> Act:
    with failing(cast.victim.background.admissions, "record", RecordsAway, times=1, behind=True):
        await _create_in_doubt(cast)
    return cast.victim.background.retract.retract


async def take_back_a_create_that_was_not_recorded(cast: Cast) -> Act:
    with failing(cast.victim.background.admissions, "record", RecordsAway, times=1):
        await _create_in_doubt(cast)
    await cast.fence_moves()
    return cast.victim.background.retract.retract


async def take_back_a_turn(cast: Cast) -> Act:
    dispatch_it = await dispatch(cast)
    stages = cast.victim.background.stages
    with failing(stages, "begin_forwarding", RecordsAway, times=1, behind=True), suppress(RecordsAway):
        await dispatch_it()
    return cast.victim.background.retract.retract


async def _create_in_doubt(cast: Cast) -> None:
    with suppress(RecordsAway):
        await cast.victim.create(cast.member, cast.body())

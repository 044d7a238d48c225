"""Stories of creates: new, shared, refused, and overtaken by what others change."""

from contextlib import suppress

import pytest

from gateway.flows import create as flow
from gateway.ports.records import RecordsAway
from gateway.rules.policy import Limit, Measure, Per
from tests.crashes.stories.cast import Act, Cast
from tests.gateway.flows.barrier import answering, failing
from tests.gateway.flows.play import clip, credits_limit, limits, running_limit, task_id

PER_MINUTE = Limit(measure=Measure.REQUESTS, amount=9, per=Per.MINUTE)


async def create(cast: Cast) -> Act:
    return await cast.creating()


async def create_seeded(cast: Cast) -> Act:
    return await cast.creating(body=cast.body(seed=1))


async def create_with_idempotency_key(cast: Cast) -> Act:
    return await cast.creating(idempotency_key=f"round {cast.number}")


async def create_counted(cast: Cast) -> Act:
    return await cast.creating(await cast.newcomer(limits(PER_MINUTE)))


async def create_with_upload(cast: Cast) -> Act:
    uri = f"runway://round-{cast.number}"
    await cast.survivor.background.admissions.add_upload(cast.member.team, uri, at=cast.play.clock.now())
    return await cast.creating(body=cast.body(promptImage=uri), dry_run=True)


async def create_refused(cast: Cast) -> Act:
    cast.play.upstream.arm("refuse", status=400, operation="image_to_video", times=1)
    return await cast.creating()


async def create_unclear(cast: Cast) -> Act:
    cast.play.upstream.arm("lose-answer", times=1)
    return await cast.creating()


async def create_dearer(cast: Cast) -> Act:
    """Each round a little more, for what was asked last time is known."""
    cast.play.upstream.prices.factor = 1 + cast.number / 10
    return await cast.creating()


async def create_cheaper(cast: Cast) -> Act:
    cast.play.upstream.prices.factor = 0.4
    return await cast.creating()


async def create_while_records_are_away(cast: Cast) -> Act:
    """They go when Runway has begun."""
    create = await cast.creating()

    async def act() -> None:
        with failing(cast.victim.background.stages, "started", RecordsAway, times=2):
            await create()

    return act


async def create_queued(cast: Cast) -> Act:
    await cast.slot_taken()
    return await cast.creating()


async def create_behind_others(cast: Cast) -> Act:
    """Its own slots are free, and another team was first."""
    cast.play.upstream.set_tier("2")
    await cast.survivor.read_tier()
    await cast.victim.read_tier()
    await cast.slot_taken()
    await cast.made_before()
    free = await cast.newcomer(limits(running_limit(1)))
    return await cast.creating(free, body=clip(promptText=f"behind round {cast.number}"))


async def create_joining(cast: Cast) -> Act:
    await cast.made_before(seed=1)
    return await cast.creating(body=cast.body(seed=1))


async def create_joining_what_is_under_way(cast: Cast) -> Act:
    await cast.under_way(cast.body(seed=1))
    return await cast.creating(body=cast.body(seed=1))


async def create_like_one_that_is_held_and_not_recorded(cast: Cast) -> Act:
    cast.scene.enter_context(pytest.MonkeyPatch.context()).setattr(flow, "ATTEMPTS_MAX", 2)
    with failing(cast.survivor.background.admissions, "record", RecordsAway, times=1), suppress(RecordsAway):
        await cast.made_before(seed=1)
    return await cast.creating(body=cast.body(seed=1))


async def create_retrying(cast: Cast) -> Act:
    cast.victim.background.deliveries.note(task_id(await cast.made_before()))
    return await cast.creating(attempt=1)


async def create_again_while_it_is_under_way(cast: Cast) -> Act:
    once = f"round {cast.number}"
    await cast.under_way(cast.body(), idempotency_key=once)
    return await cast.creating(idempotency_key=once)


async def create_at_the_same_time_as_its_like(cast: Cast) -> Act:
    """Both looked for the idempotency key before either was recorded."""
    once = f"round {cast.number}"
    create = await cast.creating(idempotency_key=once)
    await cast.under_way(cast.body(), idempotency_key=once)

    async def act() -> None:
        with answering(cast.victim.background.admissions, "with_idempotency_key", None, times=1):
            await create()

    return act


async def create_after_the_fence_moved(cast: Cast) -> Act:
    await cast.fence_moves()
    return await cast.creating()


async def create_dearer_after_the_fence_moved(cast: Cast) -> Act:
    """Without a limit on what runs, the first to meet the new fence is the correction."""
    spender = await cast.newcomer(limits(credits_limit(1000)))
    await cast.fence_moves()
    cast.play.upstream.prices.factor = 1 + cast.number / 10
    return await cast.creating(spender)


async def create_with_what_was_known_before_the_fence_moved(cast: Cast) -> Act:
    create = await cast.creating()
    await cast.fence_moves()
    return create


async def create_while_a_policy_is_changed(cast: Cast) -> Act:
    """It is in the records; the ledger was not told yet."""
    create = await cast.creating()
    await cast.policy_set()
    return create

import asyncio
from datetime import timedelta

import pytest

from gateway import settings
from gateway.flows.asked import CacheState, CacheWish
from gateway.flows.create import UPLOADS_MAX
from gateway.ports.ledger import LedgerAway, Use
from gateway.rules.generation import Stage
from gateway.rules.policy import Limit, Measure, Per
from gateway.rules.refusals import (
    BudgetExceeded,
    IdempotencyKeyReused,
    Invalid,
    InvalidBody,
    NotAllowed,
    NotReusable,
    TooManyRequests,
    UpstreamAway,
    UpstreamRefused,
)
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import (
    CLIP_COST,
    Peer,
    Play,
    clip,
    credits_limit,
    limits,
    running_limit,
    seeded,
    task_id,
)
from tests.gateway.flows.upstream import Upstream

ONE_CLIP = credits_limit(25)
PER_MINUTE = Limit(measure=Measure.REQUESTS, amount=1, per=Per.MINUTE)


async def test_a_create_is_forwarded_while_its_client_waits(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))

    created = await peer.create(member)

    assert created.generation is not None
    assert created.generation.stage is Stage.RUNNING
    assert created.generation.upstream_id == upstream.creates()[0]["task"]
    assert created.estimate == CLIP_COST
    assert (await peer.shown(created))["status"] == "PENDING"


async def test_a_finished_create_has_cost_what_runway_charged(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    created = await peer.create(member)

    await peer.rest()

    assert (await peer.generation(created)).charged == CLIP_COST
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(total=CLIP_COST, held=0)
    assert (await peer.shown(created))["status"] == "SUCCEEDED"


async def test_a_create_without_a_free_slot_is_queued(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(running_limit(1)))
    await peer.create(member)

    second = await peer.create(member)

    assert (await peer.shown(second))["status"] == "THROTTLED"
    assert len(upstream.creates()) == 1


async def test_a_wrong_body_is_refused_before_anything_is_held(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))

    with pytest.raises(InvalidBody):
        await peer.create(member, clip(duration=7777))

    assert await peer.use(member.team_owner, credits_limit(100)) == Use(0, 0)


async def test_a_model_that_the_policy_leaves_out_is_refused(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(models=("veo*",)))

    with pytest.raises(NotAllowed):
        await peer.create(member)

    assert await peer.generations() == []


async def test_a_create_beyond_the_budget_is_refused_and_leaves_nothing_behind(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    await peer.create(member)

    with pytest.raises(BudgetExceeded) as refused:
        await peer.create(member)

    assert refused.value.limit.reserved == 25
    assert len(await peer.generations()) == 1
    assert await peer.use(member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)


async def test_a_refused_create_counts_as_a_request_too(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(PER_MINUTE))
    with pytest.raises(InvalidBody):
        await peer.create(member, clip(duration=7777))

    with pytest.raises(TooManyRequests):
        await peer.create(member)

    peer.clock.advance(timedelta(minutes=1))
    await peer.create(member)


async def test_a_dry_run_tells_the_price_and_records_nothing(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")

    created = await peer.create(member, dry_run=True)

    assert created.estimate == CLIP_COST
    assert created.task is None
    assert await peer.generations() == []
    assert upstream.creates() == []


async def test_runways_own_refusal_reaches_the_client_and_costs_nothing(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    upstream.arm("refuse", status=400, error="no faces, please", times=1)

    with pytest.raises(UpstreamRefused) as refused:
        await peer.create(member)

    assert refused.value.status == 400
    assert b"no faces, please" in refused.value.body
    assert await peer.use(member.team_owner, ONE_CLIP) == Use(0, 0)


async def test_a_client_that_waits_is_told_that_runway_is_away(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    await upstream.leave()

    with pytest.raises(UpstreamAway):
        await peer.create(member)

    assert await peer.use(member.team_owner, ONE_CLIP) == Use(0, 0)


async def test_a_body_names_100_uploads_and_no_more(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    uris = [f"runway://upload-{number}" for number in range(UPLOADS_MAX + 1)]

    with pytest.raises(InvalidBody) as unknown:
        await peer.create(member, clip(zzz=uris[1:]))
    with pytest.raises(Invalid, match="names more than 100 uploads"):
        await peer.create(member, clip(zzz=uris))

    assert len(unknown.value.issues) == UPLOADS_MAX


async def test_an_upload_of_another_team_is_not_known(peer: Peer) -> None:
    member, other = await peer.add_member("ads"), await peer.add_member("art")
    uri = "runway://e30K"
    await peer.background.admissions.add_upload(other.team, uri, at=peer.clock.now())

    with pytest.raises(InvalidBody) as refused:
        await peer.create(member, clip(promptImage=uri))

    assert refused.value.issues[0].path == ("promptImage",)


async def test_a_client_that_leaves_does_not_end_its_create(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    with barrier(peer.background.forward.upstream, "create") as sending:
        leaving = asyncio.ensure_future(peer.create_slowly(member))
        await sending.reached.wait()

        leaving.cancel()

    await peer.work_done()
    assert len(upstream.creates()) == 1
    assert [generation.stage for generation in await peer.generations()] == [Stage.RUNNING]


async def test_a_client_gets_its_id_when_runway_takes_too_long(play: Play, upstream: Upstream) -> None:
    peer = await play.peer(limits=settings.Limits(forward_wait_seconds=0.05))
    member = await peer.add_member("ads")
    upstream.arm("slow", seconds=20, operation="image_to_video")

    created = await peer.create_slowly(member)

    assert (await peer.shown(created))["status"] == "PENDING"
    await peer.work_done()
    assert (await peer.generation(created)).stage is Stage.RUNNING


async def test_a_create_while_the_ledger_is_away_records_nothing(play: Play) -> None:
    peer = await play.peer()
    member = await peer.add_member("ads", limits(ONE_CLIP))
    asked = await peer.asked(member)
    away = play.assembled_without_ledger()

    with pytest.raises(LedgerAway):
        await away.gateway.app.surface.create.create(asked)

    play.peers.remove(away)
    await away.close()
    assert await peer.generations() == []


async def test_a_create_finds_the_ledger_lost_and_has_it_rebuilt(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", limits(credits_limit(50)))
    await peer.create(member)
    await play.flush_ledger()

    await peer.create(member)

    with pytest.raises(BudgetExceeded):
        await peer.create(member)


async def test_a_create_obeys_a_policy_that_changed_elsewhere(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads")
    await peer.create(member)
    elsewhere = await play.peer()
    await elsewhere.administer.set_policy(member.team_owner, limits(ONE_CLIP), if_version=None)

    with pytest.raises(BudgetExceeded):
        await peer.create(member)


async def test_an_idempotency_key_finds_its_task_again(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(ONE_CLIP))
    first = await peer.create(member, idempotency_key="once")

    second = await peer.create(member, idempotency_key="once")

    assert task_id(second) == task_id(first)
    assert second.cache is CacheState.HIT
    assert len(upstream.creates()) == 1


async def test_an_idempotency_key_stands_for_one_request_only(peer: Peer) -> None:
    member = await peer.add_member("ads")
    await peer.create(member, idempotency_key="once")

    with pytest.raises(IdempotencyKeyReused):
        await peer.create(member, clip(promptText="another"), idempotency_key="once")


async def test_one_idempotency_key_sent_often_at_once_is_one_task(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads", limits(credits_limit(1000)))

    created = await asyncio.gather(*(peer.create(member, idempotency_key="once") for _ in range(8)))

    assert len({task_id(each) for each in created}) == 1
    assert len(upstream.creates()) == 1


async def test_a_refused_create_frees_its_idempotency_key(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    upstream.arm("refuse", status=400, times=1)
    with pytest.raises(UpstreamRefused):
        await peer.create(member, idempotency_key="once")

    again = await peer.create(member, idempotency_key="once")

    assert (await peer.generation(again)).stage is Stage.RUNNING


async def test_only_if_cached_starts_nothing(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")

    with pytest.raises(NotReusable):
        await peer.create(member, seeded(), cache=CacheWish.ONLY_IF_CACHED)

    assert upstream.creates() == []


async def test_identical_unseeded_creates_are_as_many_tasks(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")

    created = await asyncio.gather(*(peer.create(member) for _ in range(5)))

    assert {each.cache for each in created} == {CacheState.BYPASS}
    assert len(upstream.creates()) == 5

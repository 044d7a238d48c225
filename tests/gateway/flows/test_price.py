import pytest

from gateway.rules.refusals import BudgetExceeded
from tests.gateway.flows.play import CLIP_COST, Peer, Play, clip, credits_limit, limits
from tests.gateway.flows.upstream import Upstream


async def test_a_price_that_turned_out_higher_holds_for_the_next_of_its_kind(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(credits_limit(75)))
    upstream.prices.factor = 2
    await peer.create(member)

    with pytest.raises(BudgetExceeded):
        await peer.create(member, clip(promptText="another prompt"))


async def test_a_charge_that_turned_out_higher_holds_for_the_next_of_its_kind(
    peer: Peer, upstream: Upstream
) -> None:
    member = await peer.add_member("ads", limits(credits_limit(75)))
    upstream.arm("cost", credits=60, times=1)
    await peer.create(member)
    await peer.rest()

    with pytest.raises(BudgetExceeded):
        await peer.create(member, clip(promptText="another prompt"))


async def test_a_learnt_price_is_no_one_else_s(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    upstream.prices.factor = 2
    await peer.create(member)

    longer = await peer.create(member, clip(duration=10), dry_run=True)

    assert longer.estimate == 2 * CLIP_COST


async def test_another_process_soon_knows_a_learnt_price(play: Play, upstream: Upstream) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads")
    upstream.prices.factor = 2
    await here.create(member)

    await there.background.prices.refresh()

    assert (await there.create(member, dry_run=True)).estimate == 2 * CLIP_COST


async def test_a_lower_price_teaches_nothing(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    upstream.prices.factor = 0.4
    await peer.create(member)

    dry = await peer.create(member, dry_run=True)

    assert dry.estimate == CLIP_COST

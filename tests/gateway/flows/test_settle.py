import asyncio

from gateway.ports.ledger import LedgerAway, Use
from gateway.rules.generation import Stage
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import CLIP_COST, Peer, Play, credits_limit, limits, running_limit

BUDGET = limits(credits_limit(100), running_limit(1))


async def test_a_settlement_while_the_ledger_is_away_is_finished_later(peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    peer.clock.advance_seconds(60)
    with failing(peer.gateway.ledger, "close", LedgerAway, times=100):
        await peer.background.followed.round()
        await peer.work_done()
    assert (await peer.generation(created)).stage is Stage.CLOSING
    assert (await peer.shown(created))["status"] == "SUCCEEDED"
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.DONE
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)


async def test_a_settlement_on_a_lost_ledger_is_in_the_rebuilt_one(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    peer.clock.advance_seconds(60)
    await play.flush_ledger()

    await peer.background.followed.round()
    await peer.work_done()

    assert (await peer.generation(created)).stage is Stage.DONE
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)


async def test_a_settlement_between_the_scan_and_the_end_of_a_rebuild_is_settled_in_the_end(
    play: Play, peer: Peer
) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    other = await play.peer()
    peer.clock.advance_seconds(60)
    with barrier(other.gateway.ledger, "install") as installing:
        rebuilding = asyncio.ensure_future(other.background.mend.rebuild())
        await installing.reached.wait()
        await peer.background.followed.round()
        await peer.work_done()
        installing.open()
        await rebuilding
    peer.clock.advance_seconds(61)

    await peer.round()

    assert (await peer.generation(created)).stage is Stage.DONE
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)


async def test_two_who_settle_the_same_settle_it_once(play: Play, peer: Peer) -> None:
    member = await peer.add_member("ads", BUDGET)
    created = await peer.create(member)
    other = await play.peer()
    peer.clock.advance_seconds(60)
    generation = await peer.generation(created)

    await asyncio.gather(peer.background.watch.look(generation), other.background.watch.look(generation))

    assert len(peer.told("settled") + other.told("settled")) == 1
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)

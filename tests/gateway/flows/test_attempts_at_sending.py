"""Several attempts at sending one generation: each has a slot of its own, and gives back no other's."""

import asyncio

import pytest

from gateway.ports.ledger import Use
from gateway.ports.records import RecordsAway
from gateway.rules.generation import Generation, Stage
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import (
    PAST_LEASES,
    Member,
    Peer,
    Play,
    limits,
    running_limit,
    seeded,
)
from tests.gateway.flows.upstream import Upstream

ONE = running_limit(1)


async def _running(peer: Peer, member: Member) -> list[Generation]:
    sent = {Stage.FORWARDING, Stage.RUNNING}
    return [one for one in await peer.generations() if one.team == member.team and one.stage in sent]


async def test_a_slot_that_was_taken_for_one_payer_serves_no_other(play: Play, peer: Peer) -> None:
    ads, art = await peer.add_member("ads", limits(ONE)), await peer.add_member("art", limits(ONE))
    other = await play.peer()
    first, queued = await peer.create(ads), await peer.create(ads, seeded())
    await peer.create(art)
    await peer.create(art, seeded())
    await peer.cancel(first, ads)
    with barrier(peer.background.stages, "begin_forwarding") as beginning:
        dispatching = asyncio.ensure_future(peer.background.dispatch.dispatch())
        await beginning.reached.wait()
        await other.cancel(queued, ads)
        beginning.open()
        await dispatching
        await peer.work_done()

    assert len(await _running(peer, art)) == 1
    assert await peer.use(ads.team_owner, ONE) == Use(0, 0)


async def test_a_slot_of_a_doubted_turn_serves_no_other_payer(peer: Peer) -> None:
    ads, art = await peer.add_member("ads", limits(ONE)), await peer.add_member("art", limits(ONE))
    first, queued = await peer.create(ads), await peer.create(ads, seeded())
    await peer.create(art)
    await peer.create(art, seeded())
    await peer.cancel(first, ads)
    with (
        failing(peer.background.stages, "begin_forwarding", RecordsAway, times=1),
        pytest.raises(RecordsAway),
    ):
        await peer.background.dispatch.dispatch()
    await peer.background.retract.retract()
    await peer.cancel(queued, ads)

    await peer.background.dispatch.dispatch()
    await peer.work_done()

    assert len(await _running(peer, art)) == 1


async def test_a_late_dispatcher_sends_nothing_and_takes_no_slot_away(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    member, late = await peer.add_member("ads", limits(running_limit(2))), await play.peer()
    full = [await peer.create(member) for _ in range(2)]
    queued = await peer.create(member)
    for created in full:
        await peer.cancel(created, member)
    with barrier(late.background.stages, "begin_forwarding") as beginning:
        dispatching = asyncio.ensure_future(late.background.dispatch.dispatch())
        await beginning.reached.wait()
        await peer.background.dispatch.dispatch()
        await peer.work_done()
        beginning.open()
        await dispatching
        await late.work_done()

    assert (await peer.generation(queued)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, running_limit(2)) == Use(1, 1)
    assert len(upstream.creates()) == 3


async def test_a_process_that_gave_up_late_takes_no_slot_of_what_runs_again(
    play: Play, peer: Peer, upstream: Upstream
) -> None:
    member, other = await peer.add_member("ads", limits(ONE)), await play.peer()
    upstream.arm("lasts", seconds=600, times=1)
    with barrier(other.background.forward.upstream, "create") as sending:
        creating = asyncio.ensure_future(other.create_slowly(member))
        await sending.reached.wait()
        play.clock.advance(PAST_LEASES)
        with barrier(peer.background.settle.ledger, "close") as freeing:
            giving_up = asyncio.ensure_future(peer.background._orphans())
            await freeing.reached.wait()
            sending.open()
            created = await creating
            play.clock.advance_seconds(120)
            await other.background._evidence()
            freeing.open()
            await giving_up

    assert (await peer.generation(created)).stage is Stage.RUNNING
    assert await peer.use(member.team_owner, ONE) == Use(1, 1)

import asyncio

from gateway.ports.ledger import LedgerAway, Use
from gateway.rules.generation import Stage
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import CLIP_COST, Play, Process, credits_limit, limits, running_limit

BUDGET = limits(credits_limit(100), running_limit(1))


async def test_a_settlement_while_the_ledger_is_away_is_finished_later(process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    process.clock.advance_seconds(60)
    with failing(process.gateway.ledger, "close", LedgerAway, times=100):
        await process.background.followed.round()
        await process.work_done()
    assert (await process.generation(created)).stage is Stage.CLOSING
    assert (await process.shown(created))["status"] == "SUCCEEDED"
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, CLIP_COST)

    await process.round()

    assert (await process.generation(created)).stage is Stage.DONE
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)


async def test_a_settlement_on_a_lost_ledger_is_in_the_rebuilt_one(play: Play, process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    process.clock.advance_seconds(60)
    await play.flush_ledger()

    await process.background.followed.round()
    await process.work_done()

    assert (await process.generation(created)).stage is Stage.DONE
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)


async def test_a_settlement_between_the_scan_and_the_end_of_a_rebuild_is_settled_in_the_end(
    play: Play, process: Process
) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    other = await play.process()
    process.clock.advance_seconds(60)
    with barrier(other.gateway.ledger, "install") as installing:
        rebuilding = asyncio.ensure_future(other.background.mend.rebuild())
        await installing.reached.wait()
        await process.background.followed.round()
        await process.work_done()
        installing.open()
        await rebuilding
    process.clock.advance_seconds(61)

    await process.round()

    assert (await process.generation(created)).stage is Stage.DONE
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)


async def test_two_who_settle_the_same_settle_it_once(play: Play, process: Process) -> None:
    member = await process.add_member("ads", BUDGET)
    created = await process.create(member)
    other = await play.process()
    process.clock.advance_seconds(60)
    generation = await process.generation(created)

    await asyncio.gather(process.background.watch.look(generation), other.background.watch.look(generation))

    assert len(process.told("settled") + other.told("settled")) == 1
    assert await process.use(member.team_owner, credits_limit(100)) == Use(CLIP_COST, 0)

"""The ledger is lost at the worst moments: no limit gives way, and what it holds ends as the records say."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from gateway.assembly.adapters import Stores
from gateway.flows.asked import Created
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ports.ledger import LedgerAway, Use
from gateway.rules.refusals import BudgetExceeded, Refusal, Unavailable
from tests.gateway.conftest import ON_BOTH_STORES
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.clock import ManualClock
from tests.gateway.flows.play import CLIP_COST, Peer, Play, clip, credits_limit, limits
from tests.gateway.flows.upstream import Upstream

pytestmark = ON_BOTH_STORES

ONE_CLIP = credits_limit(25)
FITS = 8
SOME_CLIPS = credits_limit(25 * FITS)


async def test_a_create_held_up_between_reserve_and_record_meets_the_fence(play: Play) -> None:
    """While it waits the ledger is flushed, rebuilt, and filled by another create."""
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(ONE_CLIP))
    with barrier(here.background.admissions, "record") as recording:
        held_up = asyncio.ensure_future(here.create(member))
        await recording.reached.wait()
        await play.flush_ledger()
        await there.create(member)
        recording.open()

        with pytest.raises(BudgetExceeded):
            await held_up

    assert await there.use(member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)


async def test_a_create_recorded_just_before_the_rebuild_is_in_it(play: Play) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(ONE_CLIP))
    with barrier(here.background.admissions, "record", behind=True) as recording:
        creating = asyncio.ensure_future(here.create(member))
        await recording.reached.wait()
        await play.flush_ledger()

        with pytest.raises(BudgetExceeded):
            await there.create(member)

        recording.open()
        await creating


async def test_a_create_reserved_on_a_ledger_that_is_being_replaced_is_not_lost(play: Play) -> None:
    """It is granted on the old ledger when the rebuild has read the records, but not put its own in place."""
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(ONE_CLIP))
    await here.asked(member)
    with (
        barrier(there.gateway.ledger, "install") as installing,
        barrier(here.background.admissions, "record") as recording,
    ):
        rebuilding = asyncio.ensure_future(there.background.mend.rebuild())
        await installing.reached.wait()
        creating = asyncio.ensure_future(here.create(member))
        await recording.reached.wait()
        recording.open()
        installing.open()
        await asyncio.gather(rebuilding, creating)

    with pytest.raises(BudgetExceeded):
        await there.create(member)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 20))])
async def test_flushes_at_any_moment_let_nothing_through(play: Play, seed: int) -> None:
    random = Random(seed)  # noqa: S311 (which moments)
    peers = [await play.peer(), await play.peer()]
    member = await peers[0].add_member("ads", limits(SOME_CLIPS))

    creates = [
        asyncio.ensure_future(random.choice(peers).create(member, clip(promptText=str(n)))) for n in range(20)
    ]
    flushing = asyncio.ensure_future(_flush_now_and_then(play, peers, random))
    outcomes = await asyncio.gather(*creates, return_exceptions=True)
    await flushing

    admitted = [outcome for outcome in outcomes if isinstance(outcome, Created)]
    refused = [outcome for outcome in outcomes if not isinstance(outcome, Created)]
    assert len(admitted) <= FITS
    assert {type(refusal) for refusal in refused} <= {BudgetExceeded, Unavailable, LedgerAway}
    assert len(play.upstream.creates()) == len(admitted)
    await peers[0].rest()
    if not any(isinstance(refusal, Unavailable | LedgerAway) for refusal in refused):
        assert len(admitted) == FITS


async def _flush_now_and_then(play: Play, peers: list[Peer], random: Random) -> None:
    for _ in range(6):
        for _ in range(random.randint(1, 4)):
            await random.choice(peers).background.admissions.fence()  # a little later, by real work
        await play.flush_ledger()


@pytest_asyncio.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """A Valkey of the test's own, which it may restart."""
    valkey = EmbeddedValkey(tmp_path / "valkey")
    await valkey.start()
    yield valkey
    await valkey.stop()


async def test_a_restarted_empty_valkey_is_filled_before_anything_is_granted(
    valkey: EmbeddedValkey, stores: Stores, upstream: Upstream, clock: ManualClock
) -> None:
    play = Play(replace(stores, redis_url=valkey.url), upstream, clock)
    peer = await play.peer()
    member = await peer.add_member("ads", limits(ONE_CLIP))
    await peer.create(member)
    await valkey.stop()
    with pytest.raises((LedgerAway, Refusal)):
        await peer.create(member)
    await valkey.start()

    with pytest.raises(BudgetExceeded):
        await peer.create(member)

    assert await peer.use(member.team_owner, ONE_CLIP) == Use(CLIP_COST, CLIP_COST)
    await play.close()

"""The ledger's server is replaced by one that lacks what it granted: noticed, and filled before it grants.

Two real Valkeys; what makes one of them forget is in `WAYS`.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from redis import Redis

from gateway.assembly.adapters import Stores
from gateway.flows.asked import Created
from gateway.ports.ledger import LedgerAway, Use
from gateway.rules.refusals import BudgetExceeded, Unavailable
from tests.gateway.conftest import ON_POSTGRES_AT_LENGTH
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import CLIP_COST, Member, Peer, Play, clip, credits_limit, limits
from tests.support.stores import Valkey, free_port, running_valkey
from tests.support.waiting import wait_until

pytestmark = ON_POSTGRES_AT_LENGTH

FITS = 3
BUDGET = credits_limit(25 * FITS)
TRIES_MAX = 20
Way = Callable[[Valkey, Valkey], AbstractContextManager[None]]
"""What is granted while such a context lasts is forgotten after it."""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """The server that the gateways are told of."""
    with running_valkey(tmp_path / "valkey") as valkey:
        yield valkey


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[Valkey]:
    with running_valkey(tmp_path / "spare") as valkey:
        yield valkey


@pytest.fixture
def stores(stores: Stores, valkey: Valkey, spare: Valkey) -> Stores:
    del spare  # is there as long as the play, which may have moved to it
    return replace(stores, redis_url=valkey.url)


@pytest_asyncio.fixture
async def elsewhere(play: Play, stores: Stores, spare: Valkey) -> Play:
    """The same play for gateways that were told of the spare server."""
    return Play(replace(stores, redis_url=spare.url), play.upstream, play.clock, play.peers)


@contextmanager
def restarted(valkey: Valkey, _: Valkey) -> Iterator[None]:
    yield
    valkey.stop()
    valkey.start()


@contextmanager
def an_older_copy_restored(valkey: Valkey, _: Valkey) -> Iterator[None]:
    """Its dump is what it finds when it starts."""
    with Redis.from_url(valkey.url) as client:
        client.save()
    yield
    valkey.stop()
    valkey.start()


@contextmanager
def a_late_replica_promoted(valkey: Valkey, spare: Valkey) -> Iterator[None]:
    """It takes the address of the one that is gone."""
    with Redis.from_url(spare.url) as client:
        _follow(client, valkey)
        client.replicaof("127.0.0.1", str(free_port()))  # from here on it hears nothing
        yield
        valkey.stop()
        client.replicaof("NO", "ONE")
        client.config_set("port", valkey.url.rpartition(":")[2].partition("/")[0])


WAYS = pytest.mark.parametrize("way", [restarted, an_older_copy_restored, a_late_replica_promoted])


@WAYS
async def test_what_a_server_forgot_is_known_before_it_grants(
    play: Play, valkey: Valkey, spare: Valkey, way: Way
) -> None:
    peer = await play.peer()
    member = await peer.add_member("ads", limits(BUDGET))
    await peer.create(member)
    with way(valkey, spare):
        for _ in range(FITS - 1):
            await peer.create(member)

    with pytest.raises(BudgetExceeded):
        await _create_patiently(peer, member)

    assert await peer.use(member.team_owner, BUDGET) == Use(FITS * CLIP_COST, FITS * CLIP_COST)
    assert peer.told("ledger_lost")


@WAYS
async def test_what_was_settled_since_the_copy_is_not_held_any_more(
    play: Play, valkey: Valkey, spare: Valkey, way: Way
) -> None:
    peer = await play.peer()
    member = await peer.add_member("ads", limits(BUDGET))
    play.upstream.arm("fail", times=1)
    for _ in range(FITS):
        await peer.create(member)
    with way(valkey, spare):
        await peer.rest()

    await _create_patiently(peer, member)

    assert await peer.use(member.team_owner, BUDGET) == Use(FITS * CLIP_COST, CLIP_COST)


@WAYS
async def test_a_create_held_up_while_the_server_is_replaced_meets_the_fence(
    play: Play, valkey: Valkey, spare: Valkey, way: Way
) -> None:
    here, there = await play.peer(), await play.peer()
    member = await here.add_member("ads", limits(BUDGET))
    with barrier(here.background.admissions, "record") as recording:
        with way(valkey, spare):
            held_up = asyncio.ensure_future(here.create(member))
            await recording.reached.wait()
        for _ in range(FITS):
            await _create_patiently(there, member)
        recording.open()

        with pytest.raises((BudgetExceeded, LedgerAway)):
            await held_up


async def test_an_old_primary_that_still_answers_grants_nothing_that_lasts(
    play: Play, elsewhere: Play, valkey: Valkey, spare: Valkey
) -> None:
    here = await play.peer()
    member = await here.add_member("ads", limits(BUDGET))
    await here.create(member)
    _promote_beside(valkey, spare)
    there = await elsewhere.peer()
    for _ in range(FITS - 1):
        await there.create(member)

    assert await here.use(member.team_owner, BUDGET) == Use(CLIP_COST, CLIP_COST)
    with pytest.raises(BudgetExceeded):
        await here.create(member)


@pytest.mark.parametrize("before", [1, *(pytest.param(n, marks=pytest.mark.long) for n in (0, 2))])
async def test_two_primaries_at_once_grant_together_what_fits(
    play: Play, elsewhere: Play, valkey: Valkey, spare: Valkey, before: int
) -> None:
    """Each side rebuilds its own ledger when it meets the fence of the other."""
    here = await play.peer()
    member = await here.add_member("ads", limits(BUDGET))
    for _ in range(before):
        await here.create(member)
    _promote_beside(valkey, spare)
    there = await elsewhere.peer()

    outcomes = await asyncio.gather(
        *(peer.create(member, clip(promptText=str(n))) for n in range(5) for peer in (here, there)),
        return_exceptions=True,
    )

    admitted = [outcome for outcome in outcomes if isinstance(outcome, Created)]
    assert {type(outcome) for outcome in outcomes} <= {Created, BudgetExceeded, Unavailable}
    assert before + len(admitted) <= FITS
    assert len(play.upstream.creates()) == before + len(admitted)
    for _ in range(FITS - before - len(admitted)):
        await there.create(member)
    with pytest.raises(BudgetExceeded):
        await there.create(member)


async def _create_patiently(peer: Peer, member: Member) -> Created:
    """Create as an SDK does, which tries again when the ledger is away."""
    for _ in range(TRIES_MAX):
        try:
            return await peer.create(member)
        except LedgerAway:
            await peer.background.admissions.fence()  # a little later, by real work
    raise AssertionError("the ledger stayed away")


def _promote_beside(primary: Valkey, replica: Valkey) -> None:
    """Promote a replica that has seen all, while its primary goes on."""
    with Redis.from_url(replica.url) as client:
        _follow(client, primary)
        client.replicaof("NO", "ONE")


def _follow(replica: Redis, primary: Valkey) -> None:
    """Follow a primary and catch up with it."""
    with Redis.from_url(primary.url) as client:
        client.config_set("repl-diskless-sync-delay", 0)
    replica.replicaof("127.0.0.1", primary.url.rpartition(":")[2].partition("/")[0])
    wait_until(lambda: replica.info("replication")["master_link_status"] == "up", "a replica in step")

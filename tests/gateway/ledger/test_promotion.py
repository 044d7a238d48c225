"""A replica is promoted after its primary failed: it may lack what the primary granted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.leftover import within
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, LedgerAway, Stale
from gateway.rules.fence import Fence
from tests.gateway.ledger.support import EMPTY, FENCE, NOW, credits, held, reservation

SYNCED_SECONDS_MAX = 10.0
WAIT_MILLISECONDS = 400
REBUILT = Fence(epoch=2, policies=1)
ONE = reservation("one", credits(5, most=100))


@pytest_asyncio.fixture
async def replica(primary: Redis, tmp_path: Path) -> AsyncIterator[Redis]:
    follower = EmbeddedValkey(tmp_path / "replica")
    await follower.start()
    client = connect(follower.url)
    port = (await primary.config_get("port"))["port"]
    await client.replicaof("127.0.0.1", port)
    assert await within(SYNCED_SECONDS_MAX, lambda: _is_in_step(client))
    yield client
    await client.aclose()
    await follower.stop()


@pytest_asyncio.fixture
async def old(primary: Redis, replica: Redis) -> AsyncIterator[RedisLedger]:
    """The ledger on the primary; it holds 5 of 100, and the replica has seen it."""
    ledger = RedisLedger(primary)
    await ledger.install(FENCE, EMPTY, now=NOW)
    await ledger.reserve(FENCE, ONE, now=NOW)
    assert replica is not None
    assert await primary.wait(1, WAIT_MILLISECONDS) == 1
    yield ledger
    await ledger.disconnect()


@pytest_asyncio.fixture
async def new(replica: Redis, old: RedisLedger) -> AsyncIterator[RedisLedger]:
    """The ledger on the replica, which follows the primary until it is promoted."""
    assert old is not None
    ledger = RedisLedger(replica)
    yield ledger
    await ledger.disconnect()


async def test_a_replica_is_away(new: RedisLedger) -> None:
    with pytest.raises(LedgerAway):
        await new.reserve(FENCE, reservation("two"), now=NOW)


async def test_a_promoted_replica_grants_nothing_before_a_rebuild(new: RedisLedger, replica: Redis) -> None:
    await replica.replicaof("NO", "ONE")

    assert await new.use(ONE.claims) == [held(5)]
    assert await new.reserve(FENCE, reservation("two"), now=NOW) == Stale()
    assert await new.fence() is None
    assert await new.install(REBUILT, EMPTY, now=NOW)
    assert isinstance(await new.reserve(REBUILT, reservation("two"), now=NOW), Granted)


async def test_what_only_the_old_primary_granted_does_not_open_the_limit(
    old: RedisLedger, new: RedisLedger, replica: Redis
) -> None:
    await replica.replicaof("NO", "ONE")
    lost = reservation("two", credits(95, most=100))
    assert isinstance(await old.reserve(FENCE, lost, now=NOW), Granted)

    assert await new.reserve(FENCE, reservation("three", credits(95, most=100)), now=NOW) == Stale()


async def test_a_rebuild_shuts_out_the_old_one(old: RedisLedger, new: RedisLedger, replica: Redis) -> None:
    await replica.replicaof("NO", "ONE")

    await new.install(REBUILT, EMPTY, now=NOW)

    assert await old.reserve(REBUILT, reservation("two"), now=NOW) == Stale()
    assert isinstance(await new.reserve(REBUILT, reservation("two"), now=NOW), Granted)


async def _is_in_step(replica: Redis) -> bool:
    replication = await replica.info("replication")
    return bool(replication["master_link_status"] == "up")

"""What becomes of the ledger when its server fails, freezes, restarts or is replaced."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.leftover import within
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ledger.server import QUESTIONS_MAX
from gateway.ports.ledger import Granted, LedgerAway, Stale
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.ids import ReservationId
from tests.gateway.ledger.support import EMPTY, FENCE, NOW, credits, held, reservation

ONE = ReservationId("one")
SYNCED_SECONDS_MAX = 20.0
"""A replica that has just been told asks its primary once a second."""


async def test_a_frozen_server_is_away_within_a_second(
    valkey: EmbeddedValkey, own_ledger: RedisLedger
) -> None:
    os.kill(valkey.pid, signal.SIGSTOP)
    began = monotonic()

    answers = await asyncio.gather(
        own_ledger.reserve(FENCE, reservation("one"), now=NOW),
        own_ledger.correct(FENCE, ONE, Credits(1)),
        own_ledger.close(FENCE, ONE, Credits(1)),
        own_ledger.fence(),
        own_ledger.use([credits(1, most=1)]),
        own_ledger.opened_before(NOW),
        *(own_ledger.fence() for _ in range(2 * QUESTIONS_MAX)),
        return_exceptions=True,
    )

    assert monotonic() - began < 1
    assert {type(answer) for answer in answers} == {LedgerAway}
    os.kill(valkey.pid, signal.SIGCONT)
    assert await own_ledger.fence() == FENCE


async def test_after_a_freeze_each_question_gets_its_own_answer(
    valkey: EmbeddedValkey, own_ledger: RedisLedger
) -> None:
    claims = [credits(n, most=1000, owner=f"team/t{n}") for n in range(1, 100)]
    for number, claim in enumerate(claims):
        await own_ledger.reserve(FENCE, reservation(str(number), claim), now=NOW)
    os.kill(valkey.pid, signal.SIGSTOP)
    await asyncio.gather(*(own_ledger.use([claim]) for claim in claims), return_exceptions=True)
    os.kill(valkey.pid, signal.SIGCONT)

    answers = await asyncio.gather(*(own_ledger.use([claim]) for claim in claims))

    assert answers == [[held(n)] for n in range(1, 100)]


async def test_a_caller_who_leaves_does_not_spoil_the_next_answer(ledger: RedisLedger) -> None:
    claim = credits(7, most=1000)
    await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
    for steps in range(12):
        leaving = asyncio.create_task(ledger.fence())
        for _ in range(steps):
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

    assert await ledger.use([claim]) == [held(7)]


async def test_a_server_that_is_not_there_is_away(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nothing.sock")

    with pytest.raises(LedgerAway):
        await RedisLedger(client).fence()

    await client.aclose()


async def test_scripts_that_the_server_forgot_are_sent_again(ledger: RedisLedger, client: Redis) -> None:
    await ledger.reserve(FENCE, reservation("one"), now=NOW)
    await client.script_flush()

    assert await ledger.reserve(FENCE, reservation("two"), now=NOW) == Granted()


async def test_closing_goes_on_when_the_memory_is_full(ledger: RedisLedger, client: Redis) -> None:
    claim = credits(5, most=100)
    await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
    await client.config_set("maxmemory", 1)

    with pytest.raises(LedgerAway):
        await ledger.reserve(FENCE, reservation("two", claim), now=NOW)
    closed = await ledger.close(FENCE, ONE, Credits(0))

    await client.config_set("maxmemory", 0)
    assert closed == Granted()
    assert await ledger.use([claim]) == [held(0)]


async def test_a_restarted_server_grants_nothing(valkey: EmbeddedValkey, own_ledger: RedisLedger) -> None:
    await valkey.stop()
    await valkey.start()

    answer = await own_ledger.reserve(FENCE, reservation("one"), now=NOW)

    assert answer == Stale()


async def test_a_restart_that_kept_the_ledger_on_disk_grants_nothing(
    valkey: EmbeddedValkey, own_ledger: RedisLedger
) -> None:
    claim = credits(5, most=100)
    await own_ledger.reserve(FENCE, reservation("one", claim), now=NOW)
    client = connect(valkey.url)
    await client.config_set("save", "3600 1000")
    await client.save()
    await client.aclose()
    await valkey.stop()
    await valkey.start()

    answer = await own_ledger.reserve(FENCE, reservation("two", claim), now=NOW)

    assert answer == Stale()
    assert await own_ledger.use([claim]) == [held(5)], "the ledger did come back, and is not trusted"


class TestReplica:
    @pytest_asyncio.fixture
    async def primary(self, valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
        client = connect(valkey.url)
        yield client
        await client.aclose()

    @pytest_asyncio.fixture
    async def replica(self, primary: Redis, tmp_path: Path) -> AsyncIterator[Redis]:
        """A server that follows the primary."""
        port = _free_port()
        await primary.config_set("bind", "127.0.0.1")
        await primary.config_set("port", port)
        follower = EmbeddedValkey(tmp_path / "replica")
        await follower.start()
        client = connect(follower.url)
        await client.replicaof("127.0.0.1", port)
        assert await within(SYNCED_SECONDS_MAX, lambda: _is_in_step(client))
        yield client
        await client.aclose()
        await follower.stop()

    async def test_a_promoted_replica_grants_nothing_until_it_is_rebuilt(
        self, primary: Redis, replica: Redis
    ) -> None:
        old, new = RedisLedger(primary), RedisLedger(replica)
        await old.install(FENCE, EMPTY, now=NOW)
        await old.reserve(FENCE, reservation("one", credits(5, most=100)), now=NOW)
        await primary.wait(1, 400)

        await replica.replicaof("NO", "ONE")

        assert await new.use([credits(5, most=100)]) == [held(5)]
        assert await new.reserve(FENCE, reservation("two"), now=NOW) == Stale()
        assert await new.fence() is None
        assert await new.install(Fence(epoch=2, policies=1), EMPTY, now=NOW)

    async def test_a_rebuild_shuts_the_old_primary_out(self, primary: Redis, replica: Redis) -> None:
        old, new = RedisLedger(primary), RedisLedger(replica)
        await old.install(FENCE, EMPTY, now=NOW)
        await replica.replicaof("NO", "ONE")
        rebuilt = Fence(epoch=2, policies=1)
        await new.install(rebuilt, EMPTY, now=NOW)

        assert await old.reserve(rebuilt, reservation("one"), now=NOW) == Stale()
        assert await new.reserve(rebuilt, reservation("one"), now=NOW) == Granted()

    async def test_a_replica_is_away(self, primary: Redis, replica: Redis) -> None:
        await RedisLedger(primary).install(FENCE, EMPTY, now=NOW)
        await primary.wait(1, 400)

        with pytest.raises(LedgerAway):
            await RedisLedger(replica).reserve(FENCE, reservation("one"), now=NOW)


async def _is_in_step(replica: Redis) -> bool:
    replication = await replica.info("replication")
    return bool(replication["master_link_status"] == "up")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

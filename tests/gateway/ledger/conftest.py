"""A real Valkey for every test: a shared one, emptied before each, and private ones to be ill-treated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.redis_ledger import RedisLedger
from tests.gateway.ledger.support import EMPTY, FENCE, NOW, free_port


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedValkey]:
    valkey = EmbeddedValkey(tmp_path_factory.mktemp("shared"))
    await valkey.start()
    yield valkey
    await valkey.stop()


@pytest_asyncio.fixture
async def client(shared_valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    client = connect(shared_valkey.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def empty(client: Redis) -> AsyncIterator[RedisLedger]:
    """A ledger on which nothing was installed."""
    ledger = RedisLedger(client)
    yield ledger
    await ledger.disconnect()


@pytest_asyncio.fixture
async def ledger(empty: RedisLedger) -> RedisLedger:
    """A ledger that stands at FENCE and holds nothing."""
    await empty.install(FENCE, EMPTY, now=NOW)
    return empty


@pytest_asyncio.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """A Valkey of the test's own."""
    valkey = EmbeddedValkey(tmp_path / "valkey")
    await valkey.start()
    yield valkey
    await valkey.stop()


@pytest_asyncio.fixture
async def own_ledger(valkey: EmbeddedValkey) -> AsyncIterator[RedisLedger]:
    """A ledger at FENCE on the test's own Valkey."""
    ledger = RedisLedger(connect(valkey.url))
    await ledger.install(FENCE, EMPTY, now=NOW)
    yield ledger
    await ledger.disconnect()


@pytest_asyncio.fixture
async def primary(valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    """The test's own Valkey, where others can reach it."""
    client = connect(valkey.url)
    await client.config_set("repl-diskless-sync-delay", 0)
    await client.config_set("bind", "127.0.0.1")
    await client.config_set("port", free_port())
    yield client
    await client.aclose()

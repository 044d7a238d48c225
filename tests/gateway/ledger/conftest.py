"""A real Valkey for every test: a shared one that is emptied before each, and private ones to be ill-treated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.redis_ledger import RedisLedger
from tests.gateway.ledger.support import EMPTY, FENCE, NOW


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
async def empty(client: Redis) -> RedisLedger:
    """A ledger on which nothing was installed."""
    return RedisLedger(client)


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
    client = connect(valkey.url)
    ledger = RedisLedger(client)
    await ledger.install(FENCE, EMPTY, now=NOW)
    yield ledger
    await client.aclose()

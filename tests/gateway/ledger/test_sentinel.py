"""A primary that is found through a Sentinel."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from redis.asyncio import Redis

from gateway.ledger import embedded
from gateway.ledger.connection import connect
from gateway.ledger.leftover import within
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted
from tests.gateway.ledger.support import EMPTY, FENCE, NOW, free_port, reservation

START_SECONDS_MAX = 5.0


@pytest_asyncio.fixture
async def sentinel_port(primary: Redis, tmp_path: Path) -> AsyncIterator[int]:
    port = free_port()
    primary_port = (await primary.config_get("port"))["port"]
    configuration = _written(
        tmp_path / "sentinel.conf",
        f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\nsentinel monitor ledger 127.0.0.1 {primary_port} 1\n",
    )
    sentinel = await asyncio.create_subprocess_exec(
        embedded.program(), configuration, "--sentinel", stdout=DEVNULL, stderr=DEVNULL
    )
    assert await within(START_SECONDS_MAX, lambda: _listens(port))
    yield port
    sentinel.terminate()
    await sentinel.wait()


async def test_the_ledger_stands_on_the_primary(sentinel_port: int, primary: Redis) -> None:
    ledger = RedisLedger(connect(f"redis+sentinel://127.0.0.1:{sentinel_port}/ledger"))

    await ledger.install(FENCE, EMPTY, now=NOW)

    assert isinstance(await ledger.reserve(FENCE, reservation("one"), now=NOW), Granted)
    assert await primary.hexists("{rwgw}:ledger", "r|one")
    await ledger.disconnect()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path

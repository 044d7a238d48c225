"""What becomes of the ledger when its server fails, freezes, restarts or is replaced."""

import asyncio
import os
import signal
from pathlib import Path
from time import monotonic

import pytest
from redis.asyncio import Redis

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.line import REFUSED
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, LedgerAway, Stale
from gateway.rules.credits import Credits
from gateway.rules.ids import ReservationId
from tests.gateway.ledger.support import FENCE, NOW, credits, held, reservation

ONE = ReservationId("one")


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
        *(own_ledger.fence() for _ in range(100)),
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


async def test_scripts_that_the_server_forgot_are_sent_again(ledger: RedisLedger, client: Redis) -> None:
    await ledger.reserve(FENCE, reservation("one"), now=NOW)
    await client.script_flush()

    assert isinstance(await ledger.reserve(FENCE, reservation("two"), now=NOW), Granted)


async def test_closing_goes_on_when_the_memory_is_full(ledger: RedisLedger, client: Redis) -> None:
    claim = credits(5, most=100)
    await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
    await client.config_set("maxmemory", 1)

    with pytest.raises(LedgerAway):
        await ledger.reserve(FENCE, reservation("two", claim), now=NOW)
    closed = await ledger.close(FENCE, ONE, Credits(0))

    await client.config_set("maxmemory", 0)
    assert isinstance(closed, Granted)
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


@pytest.mark.parametrize("login", ["unix://nobody:canary@{}", "unix://:canary@{}", "unix://{}?db=99"])
async def test_a_server_that_refuses_is_told_from_one_that_is_away(
    valkey: EmbeddedValkey, login: str
) -> None:
    refused = RedisLedger(connect(login.format(valkey.url.removeprefix("unix://"))))

    with pytest.raises(LedgerAway) as away:
        await refused.check()

    assert str(away.value).startswith(REFUSED)
    assert "canary" not in str(away.value)
    await refused.disconnect()


async def test_a_server_that_asks_for_a_password_refuses(valkey: EmbeddedValkey) -> None:
    async with connect(valkey.url) as client:
        await client.config_set("requirepass", "a canary")
    refused = RedisLedger(connect(valkey.url))

    with pytest.raises(LedgerAway, match=f"^{REFUSED}"):
        await refused.check()

    await refused.disconnect()

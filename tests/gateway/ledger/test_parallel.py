"""However many ask at once, what is granted is what fits."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, Joined
from tests.gateway.ledger.reserving import granted
from tests.gateway.ledger.support import FENCE, NOW, credits, held, reservation


async def test_two_connections_admit_exactly_what_fits(
    ledger: RedisLedger, shared_valkey: EmbeddedValkey
) -> None:
    other = RedisLedger(connect(shared_valkey.url))

    counts = await asyncio.gather(granted(ledger, 50, name="one"), granted(other, 50, name="other"))

    assert sum(counts) == 40
    await other.disconnect()


async def test_three_processes_admit_exactly_what_fits(
    ledger: RedisLedger, shared_valkey: EmbeddedValkey
) -> None:
    processes = await asyncio.gather(*(_started(shared_valkey.url) for _ in range(3)))

    counts = await asyncio.gather(*(_count(process) for process in processes))

    assert sum(counts) == 40
    assert await ledger.use([credits(0, most=40_000, owner="organization")]) == [held(40_000)]


async def test_of_identical_requests_one_is_granted_and_the_others_join(ledger: RedisLedger) -> None:
    claim = credits(25_000, most=25_000)
    same = [reservation(str(n), claim, fingerprint="same") for n in range(50)]

    answers = await asyncio.gather(*(ledger.reserve(FENCE, each, now=NOW) for each in same))

    assert [type(answer) for answer in answers].count(Granted) == 1
    assert [type(answer) for answer in answers].count(Joined) == 49


async def _started(url: str) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.ledger.reserving", url, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def _count(process: Process) -> int:
    printed, _ = await process.communicate(b"\n")
    return int(printed)

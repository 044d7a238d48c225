"""Reserves as often as it can, all at once, and prints how often it was granted: one of several processes."""

import asyncio
import os
import sys

from gateway.ledger.connection import connect
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted
from tests.gateway.ledger.support import FENCE, NOW, credits, generations, reservation, running


async def granted(ledger: RedisLedger, tries: int, *, name: str) -> int:
    """Count the grants of some reservations at three levels, made at once."""
    claims = (
        credits(1000, most=40_000, owner="organization"),
        generations(most=1000),
        running(most=100, owner="key/k1"),
    )
    reservations = [reservation(f"{name}-{n}", *claims) for n in range(tries)]
    answers = await asyncio.gather(*(ledger.reserve(FENCE, each, now=NOW) for each in reservations))
    return sum(isinstance(answer, Granted) for answer in answers)


async def main(url: str) -> None:
    ledger = RedisLedger(connect(url))
    await ledger.fence()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(str(await granted(ledger, 50, name=str(os.getpid()))))
    await ledger.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

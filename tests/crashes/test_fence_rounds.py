"""The ledger is lost at random moments while gateways in programs of their own create: the limits hold."""

import asyncio
from itertools import cycle, islice, product, starmap
from pathlib import Path
from random import Random

import pytest
from redis import Redis

from tests.crashes.contest import BINDING, MEASURES, Contest, Round
from tests.crashes.fleet import THREE_GATEWAYS, THREE_WORKERS, Fleet

ACCIDENTS_MAX = 4
PAUSE_SECONDS_MAX = 0.4


async def flushed(fleet: Fleet, random: Random) -> None:
    """FLUSHALL, a few times."""
    with Redis.from_url(fleet.stores.redis_url) as client:
        for _ in range(random.randint(1, ACCIDENTS_MAX)):
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
            await asyncio.to_thread(client.flushall)


async def replaced(fleet: Fleet, random: Random) -> None:
    """Begin again empty, with a copy of a moment ago, or lose all on the spot."""
    assert fleet.valkey is not None
    kind = random.choice(("copy", "empty", "flush"))
    with Redis.from_url(fleet.stores.redis_url) as client:
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
        if kind == "flush":
            await asyncio.to_thread(client.flushall)
            return
        if kind == "copy":
            await asyncio.to_thread(client.save)
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
    await asyncio.to_thread(fleet.valkey.stop)
    await asyncio.to_thread(fleet.valkey.start)


@pytest.mark.long
async def test_a_round_with_flushes(tmp_path: Path) -> None:
    with THREE_WORKERS(tmp_path) as fleet:
        contest = Contest(fleet, Random(1), flushed)  # noqa: S311 (which moments)
        await contest.play([Round("generations", "team", 50)])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
async def test_rounds_with_flushes(tmp_path: Path, seed: int) -> None:
    with THREE_WORKERS(tmp_path) as fleet:
        await Contest(fleet, Random(seed), flushed).play(_kinds(24))  # noqa: S311 (which moments)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
async def test_rounds_in_which_the_server_is_replaced(tmp_path: Path, seed: int) -> None:
    """What a copy restored from a dump holds is old; a dump that is left behind is older still."""
    with THREE_GATEWAYS(tmp_path) as fleet:
        await Contest(fleet, Random(seed), replaced).play(_kinds(24))  # noqa: S311 (which moments)


def _kinds(count: int) -> list[Round]:
    return list(islice(cycle(starmap(Round, product(MEASURES, BINDING, (50,)))), count))

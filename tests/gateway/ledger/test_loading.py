"""A rebuilt ledger: complete, in one step, or not at all."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from gateway.ledger.leftover import within
from gateway.ledger.loading import LOADED_FIELDS_MAX
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, Joined, LedgerAway, LimitReached, Snapshot, Stale, Use
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.ids import GenerationId, ReservationId
from tests.gateway.ledger.support import (
    EMPTY,
    FENCE,
    NOW,
    credits,
    generations,
    held,
    reservation,
    running,
    spent,
)

NEXT = Fence(epoch=2, policies=1)


async def test_open_reservations_stand_on_top_of_what_was_settled(ledger: RedisLedger) -> None:
    credit, count, slot = credits(25_000, most=100_000), generations(most=10), running(most=3)
    one = reservation("one", credit, count, slot, fingerprint="same")
    two = reservation("two", credit)

    await ledger.install(NEXT, Snapshot({credit.field: 30_000, count.field: 2}, (one, two)), now=NOW)

    uses = await ledger.use([credit, count, slot])
    assert uses == [Use(total=80_000, held=50_000), Use(total=3, held=1), held(1)]
    assert await ledger.fence() == NEXT


async def test_an_installed_reservation_is_as_open_as_any(ledger: RedisLedger) -> None:
    claim = credits(25_000, most=100_000)
    one = reservation("one", claim, fingerprint="same")
    await ledger.install(NEXT, Snapshot({}, (one,)), now=NOW)

    joined = await ledger.reserve(NEXT, reservation("two", fingerprint="same"), now=NOW)
    corrected = await ledger.correct(NEXT, ReservationId("one"), Credits(30_000))
    listed = await ledger.opened_before(NOW + timedelta(seconds=1))
    await ledger.close(NEXT, ReservationId("one"), Credits(28_000))

    assert (joined, corrected, listed) == (Joined(GenerationId("one")), Granted(), ["one"])
    assert await ledger.use([claim]) == [spent(28_000)]


async def test_what_was_there_before_is_gone(ledger: RedisLedger) -> None:
    claim = credits(25_000, most=100_000)
    await ledger.reserve(FENCE, reservation("one", claim, fingerprint="same"), now=NOW)

    installed = await ledger.install(NEXT, EMPTY, now=NOW)

    assert installed
    assert await ledger.use([claim]) == [held(0)]
    assert isinstance(await ledger.reserve(NEXT, reservation("two", fingerprint="same"), now=NOW), Granted)


@pytest.mark.parametrize("epoch", [1, 2])
async def test_a_ledger_of_this_or_a_later_epoch_stays(
    ledger: RedisLedger, client: Redis, epoch: int
) -> None:
    claim = credits(25_000, most=100_000)
    await ledger.install(NEXT, Snapshot({claim.field: 7}, ()), now=NOW)

    installed = await ledger.install(Fence(epoch, policies=9), Snapshot({claim.field: 9}, ()), now=NOW)

    assert not installed
    assert await ledger.use([claim]) == [spent(7)]
    assert await ledger.fence() == NEXT
    assert sorted(await client.keys("*")) == [b"{rwgw}:ledger", b"{rwgw}:loads"]


async def test_of_rebuilds_at_once_the_last_epoch_stays(ledger: RedisLedger) -> None:
    claim = credits(1, most=100_000)
    epochs = [3, 9, 5, 9, 2, 7]

    answers = await asyncio.gather(
        *(ledger.install(Fence(e, policies=1), Snapshot({claim.field: e}, ()), now=NOW) for e in epochs)
    )

    assert await ledger.fence() == Fence(epoch=9, policies=1)
    assert await ledger.use([claim]) == [spent(9)]
    assert answers[1] != answers[3]


async def test_a_large_ledger_is_loaded_in_parts_and_stays(ledger: RedisLedger, client: Redis) -> None:
    claims = [credits(1, most=10, owner=f"team/t{n}") for n in range(3 * LOADED_FIELDS_MAX + 1)]

    await ledger.install(NEXT, Snapshot({claim.field: 5 for claim in claims}, ()), now=NOW)

    assert await ledger.use(claims) == [spent(5)] * len(claims)
    assert await client.ttl("{rwgw}:ledger") == -1


async def test_a_flush_while_loading_is_noticed(ledger: RedisLedger, client: Redis) -> None:
    settled = {credits(1, most=10, owner=f"team/t{n}").field: 5 for n in range(20 * LOADED_FIELDS_MAX)}
    installing = asyncio.create_task(ledger.install(NEXT, Snapshot(settled, ()), now=NOW))
    assert await within(1, lambda: _is_loading(client))

    await client.flushall()

    with pytest.raises(LedgerAway):
        await installing
    assert await ledger.fence() is None
    assert await ledger.reserve(NEXT, reservation("one"), now=NOW) == Stale()


async def test_verbs_go_on_while_a_ledger_is_loaded(ledger: RedisLedger) -> None:
    claim = credits(1, most=10)
    settled = {credits(1, most=10, owner=f"team/t{n}").field: 5 for n in range(5 * LOADED_FIELDS_MAX)}

    installed, granted = await asyncio.gather(
        ledger.install(NEXT, Snapshot(settled, ()), now=NOW),
        ledger.reserve(FENCE, reservation("one", claim), now=NOW),
    )

    assert installed
    assert isinstance(granted, Granted)
    assert await ledger.use([claim]) == [held(0)]


async def test_settled_amounts_hold_against_the_limit(ledger: RedisLedger) -> None:
    claim = credits(25_000, most=100_000)
    await ledger.install(NEXT, Snapshot({claim.field: 80_000}, ()), now=NOW)

    answer = await ledger.reserve(NEXT, reservation("one", claim), now=NOW)

    assert answer == LimitReached(claim, total=80_000, held=0)


async def _is_loading(client: Redis) -> bool:
    return bool(await client.keys("{rwgw}:ledger:*"))

"""The fence, the rate, windows and what is read: the rest of the ledger's contract."""

from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, LimitReached, Snapshot, Stale, Use
from gateway.rules.credits import Credits
from gateway.rules.fence import LAYOUT, Fence
from gateway.rules.ids import ReservationId
from gateway.rules.policy import Per
from tests.gateway.ledger.support import (
    EMPTY,
    FENCE,
    NOW,
    credits,
    held,
    requests,
    reservation,
    running,
    spent,
)

ONE = ReservationId("one")
TWO = ReservationId("two")
LEVELS = ("organization", "team/ads", "key/k1")
ELSEWHERE = [
    Fence(epoch=0, policies=1),
    Fence(epoch=2, policies=1),
    Fence(epoch=1, policies=2),
    Fence(epoch=11, policies=1),
    Fence(epoch=1, policies=1, layout=LAYOUT + 1),
]


class TestFence:
    @pytest.mark.parametrize("elsewhere", ELSEWHERE)
    async def test_a_caller_who_stands_elsewhere_is_stale(
        self, ledger: RedisLedger, elsewhere: Fence
    ) -> None:
        claim = credits(10, most=100)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        answers = [
            await ledger.reserve(elsewhere, reservation("two", claim), now=NOW),
            await ledger.correct(elsewhere, ONE, Credits(20)),
            await ledger.close(elsewhere, ONE, Credits(20)),
        ]

        assert answers == [Stale()] * 3
        assert await ledger.use([claim]) == [held(10)]

    async def test_nothing_is_granted_before_anything_was_installed(self, empty: RedisLedger) -> None:
        answer = await empty.reserve(FENCE, reservation("one"), now=NOW)

        assert answer == Stale()
        assert await empty.fence() is None

    async def test_a_flushed_ledger_grants_nothing(self, ledger: RedisLedger, client: Redis) -> None:
        await client.flushall()

        answers: list[Any] = [
            await ledger.reserve(FENCE, reservation("one"), now=NOW),
            await ledger.correct(FENCE, ONE, Credits(1)),
            await ledger.close(FENCE, ONE, Credits(1)),
        ]

        assert answers == [Stale()] * 3
        assert await ledger.fence() is None
        assert await client.dbsize() == 0

    async def test_it_is_read_as_it_was_installed(self, ledger: RedisLedger) -> None:
        assert await ledger.fence() == FENCE

    async def test_another_layout_reads_as_none(self, empty: RedisLedger) -> None:
        await empty.install(Fence(epoch=5, policies=1, layout=LAYOUT + 1), EMPTY, now=NOW)

        assert await empty.fence() is None

    async def test_it_moves_on_from_where_it_stands(self, ledger: RedisLedger) -> None:
        claim = credits(10, most=100)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        onwards = Fence(epoch=1, policies=2)

        moved = await ledger.move_fence(FENCE, onwards)

        assert moved
        assert await ledger.fence() == onwards
        assert await ledger.use([claim]) == [held(10)]
        assert await ledger.reserve(FENCE, reservation("two", claim), now=NOW) == Stale()

    async def test_it_does_not_move_from_elsewhere(self, ledger: RedisLedger) -> None:
        moved = await ledger.move_fence(Fence(epoch=1, policies=7), Fence(epoch=1, policies=8))

        assert not moved
        assert await ledger.fence() == FENCE


class TestCount:
    async def test_requests_are_counted_up_to_the_limit(self, ledger: RedisLedger) -> None:
        claim = requests(most=2)

        answers = [await ledger.count([claim]) for _ in range(3)]

        assert [answer.left[0][1] for answer in answers[:2] if isinstance(answer, Granted)] == [1, 0]
        assert answers[2] == LimitReached(claim, total=2, held=0)

    async def test_a_request_counts_at_all_levels_or_at_none(self, ledger: RedisLedger) -> None:
        team, key = requests(most=2), requests(most=1, owner="key/k1")
        await ledger.count([team, key])

        refused = await ledger.count([team, key])

        assert refused == LimitReached(key, total=1, held=0)
        assert isinstance(await ledger.count([team]), Granted)
        assert isinstance(await ledger.count([team]), LimitReached)

    async def test_the_next_minute_starts_from_nothing(self, ledger: RedisLedger) -> None:
        await ledger.count([requests(most=1)])

        answer = await ledger.count([requests(most=1, at=NOW + timedelta(minutes=1))])

        assert isinstance(answer, Granted)

    async def test_counting_needs_no_fence_and_no_claims(self, empty: RedisLedger) -> None:
        assert isinstance(await empty.count([]), Granted)
        assert isinstance(await empty.count([requests(most=1)]), Granted)

    async def test_counters_go_by_themselves(self, ledger: RedisLedger, client: Redis) -> None:
        await ledger.count([requests(most=1)])

        [counter] = await client.keys("*rate*")
        assert 60 < await client.ttl(counter) <= 180


class TestWindows:
    async def test_a_rolling_day_sums_twenty_five_hours(self, ledger: RedisLedger) -> None:
        for hour in range(25):
            claim = credits(1000, most=25_000, per=Per.ROLLING_DAY, at=NOW - timedelta(hours=hour))
            await ledger.reserve(FENCE, reservation(f"{hour}", claim), now=NOW)
            await ledger.close(FENCE, ReservationId(f"{hour}"), Credits(1000))
        full = credits(1000, most=25_000, per=Per.ROLLING_DAY)
        later = credits(1000, most=25_000, per=Per.ROLLING_DAY, at=NOW + timedelta(hours=1))

        refused = await ledger.reserve(FENCE, reservation("now", full), now=NOW)
        granted = await ledger.reserve(FENCE, reservation("later", later), now=NOW)

        assert refused == LimitReached(full, total=25_000, held=0)
        assert isinstance(granted, Granted)
        assert await ledger.use([full, later]) == [spent(25_000), Use(total=25_000, held=1000)]

    async def test_a_calendar_day_starts_from_nothing(self, ledger: RedisLedger) -> None:
        today = credits(1000, most=1000)
        tomorrow = credits(1000, most=1000, at=NOW + timedelta(days=1))
        await ledger.reserve(FENCE, reservation("one", today), now=NOW)

        answer = await ledger.reserve(FENCE, reservation("two", tomorrow), now=NOW)

        assert isinstance(answer, Granted)

    async def test_a_charge_is_booked_where_it_was_reserved(self, ledger: RedisLedger) -> None:
        today = credits(1000, most=1000)
        tomorrow = credits(1000, most=1000, at=NOW + timedelta(days=1))
        await ledger.reserve(FENCE, reservation("one", today), now=NOW)

        await ledger.close(FENCE, ONE, Credits(900))

        assert await ledger.use([today, tomorrow]) == [spent(900), spent(0)]


class TestUse:
    async def test_accounts_are_read_in_their_order_however_many(self, ledger: RedisLedger) -> None:
        claims = [credits(n, most=100_000, owner=f"team/t{n}") for n in range(1, 250)]
        for number, claim in enumerate(claims):
            await ledger.reserve(FENCE, reservation(str(number), claim), now=NOW)

        assert await ledger.use(claims) == [held(n) for n in range(1, 250)]

    async def test_no_claims_read_nothing(self, ledger: RedisLedger) -> None:
        assert await ledger.use([]) == []


class TestOpenedBefore:
    async def test_reservations_are_listed_by_age(self, ledger: RedisLedger) -> None:
        for minutes in range(3):
            opened = reservation(f"{minutes}", credits(1, most=10))
            await ledger.reserve(FENCE, opened, now=NOW + timedelta(minutes=minutes))
        await ledger.correct(FENCE, ReservationId("0"), Credits(2))

        old = await ledger.opened_before(NOW + timedelta(minutes=2))

        assert old == ["0", "1"]

    async def test_a_large_ledger_is_listed_in_full(self, ledger: RedisLedger) -> None:
        snapshot = Snapshot({}, tuple(reservation(f"{n:05}") for n in range(3000)))
        await ledger.install(Fence(epoch=2, policies=1), snapshot, now=NOW)

        assert await ledger.opened_before(NOW + timedelta(seconds=1)) == [f"{n:05}" for n in range(3000)]


class TestSweep:
    async def test_ended_windows_go_and_the_others_stay(self, ledger: RedisLedger) -> None:
        ended = [
            credits(5, most=100, per=per, at=NOW - timedelta(days=40))
            for per in (Per.HOUR, Per.DAY, Per.ROLLING_DAY, Per.MONTH)
        ]
        living = [credits(5, most=100, per=per) for per in (Per.HOUR, Per.DAY, Per.ROLLING_DAY, Per.MONTH)]
        endless = [credits(5, most=100, per=Per.TOTAL, at=NOW - timedelta(days=40)), running(most=3)]
        await ledger.reserve(FENCE, reservation("one", *ended, *living, *endless), now=NOW)
        await ledger.close(FENCE, ONE, Credits(5))

        dropped = await ledger.sweep(NOW)

        assert dropped == len(ended)
        assert await ledger.use(ended) == [spent(0)] * 4
        assert await ledger.use([*living, *endless]) == [spent(5)] * 5 + [spent(0)]

    async def test_an_hour_of_a_rolling_day_stays_as_long_as_it_counts(self, ledger: RedisLedger) -> None:
        claim = credits(5, most=100, per=Per.ROLLING_DAY)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        await ledger.close(FENCE, ONE, Credits(5))

        early = await ledger.sweep(NOW + timedelta(hours=24, minutes=29))
        late = await ledger.sweep(NOW + timedelta(hours=24, minutes=30))

        assert (early, late) == (0, 1)

    async def test_an_ended_window_stays_while_a_reservation_is_open(self, ledger: RedisLedger) -> None:
        claim = credits(5, most=100)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        later = NOW + timedelta(days=3)

        while_open = await ledger.sweep(later)
        await ledger.close(FENCE, ONE, Credits(5))
        once_closed = await ledger.sweep(later)

        assert (while_open, once_closed) == (0, 1)

    async def test_closing_makes_no_bucket_again(self, ledger: RedisLedger, client: Redis) -> None:
        await ledger.reserve(FENCE, reservation("one", credits(0, most=100)), now=NOW)
        await ledger.sweep(NOW + timedelta(days=3))

        await ledger.close(FENCE, ONE, Credits(5))

        assert await client.hkeys("{rwgw}:ledger") == [b"fence"]

    async def test_a_large_ledger_is_swept_in_full(self, ledger: RedisLedger) -> None:
        settled = {credits(1, most=10, owner=f"team/t{n}").field: 1 for n in range(3000)}
        await ledger.install(Fence(epoch=2, policies=1), Snapshot(settled, ()), now=NOW)

        assert await ledger.sweep(NOW + timedelta(days=3)) == 3000

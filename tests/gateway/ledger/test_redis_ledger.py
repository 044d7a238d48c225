"""The contract of the ledger, verb by verb."""

from datetime import timedelta

import pytest
from msgspec import structs
from redis.asyncio import Redis

from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, Joined, LimitReached
from gateway.rules.credits import CREDITS_MAX, Credits
from gateway.rules.fence import LAYOUT, Fence
from gateway.rules.ids import GenerationId, ReservationId
from tests.gateway.ledger.support import (
    FENCE,
    NOW,
    credits,
    generations,
    held,
    reservation,
    running,
    spent,
)

ONE = ReservationId("one")
LATER = NOW + timedelta(minutes=1)
TWO = ReservationId("two")
LEVELS = ("organization", "team/ads", "key/k1")
ELSEWHERE = [
    Fence(epoch=0, policies=1),
    Fence(epoch=2, policies=1),
    Fence(epoch=1, policies=2),
    Fence(epoch=11, policies=1),
    Fence(epoch=1, policies=1, layout=LAYOUT + 1),
]


class TestReserve:
    async def test_what_fits_is_held(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=100_000)

        answer = await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        assert isinstance(answer, Granted)
        assert await ledger.use([claim]) == [held(25_000)]

    async def test_an_account_can_be_filled_to_its_limit_and_no_further(self, ledger: RedisLedger) -> None:
        claim = credits(50_000, most=100_000)

        answers = [await ledger.reserve(FENCE, reservation(str(n), claim), now=NOW) for n in range(3)]

        assert [answer.left[0][1] for answer in answers[:2] if isinstance(answer, Granted)] == [50_000, 0]
        assert answers[2] == LimitReached(claim, total=100_000, held=100_000)

    async def test_a_limit_reached_tells_what_is_held_apart_from_what_was_spent(
        self, ledger: RedisLedger
    ) -> None:
        claim = credits(40_000, most=100_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        await ledger.reserve(FENCE, reservation("two", claim), now=NOW)
        await ledger.close(FENCE, ONE, Credits(30_000))

        answer = await ledger.reserve(FENCE, reservation("three", claim), now=NOW)

        assert answer == LimitReached(claim, total=70_000, held=40_000)

    @pytest.mark.parametrize("binding", range(3))
    async def test_a_refused_reservation_leaves_nothing_behind(
        self, ledger: RedisLedger, binding: int
    ) -> None:
        claims = [
            credits(25_000, most=24_000 if level == binding else 100_000, owner=owner)
            for level, owner in enumerate(LEVELS)
        ]

        answer = await ledger.reserve(FENCE, reservation("one", *claims, fingerprint="same"), now=NOW)

        assert answer == LimitReached(claims[binding], total=0, held=0)
        assert await ledger.use(claims) == [held(0)] * 3
        assert await ledger.opened_before(NOW + timedelta(days=1)) == []
        again = reservation("two", credits(1, most=10), fingerprint="same")
        assert isinstance(await ledger.reserve(FENCE, again, now=NOW), Granted)

    async def test_granting_the_same_reservation_again_changes_nothing(self, ledger: RedisLedger) -> None:
        claim = credits(60_000, most=100_000)
        same = reservation("one", claim, fingerprint="same")

        answers = [await ledger.reserve(FENCE, same, now=NOW) for _ in range(3)]

        assert all(isinstance(answer, Granted) for answer in answers)
        assert await ledger.use([claim]) == [held(60_000)]

    async def test_granting_again_makes_a_reservation_young(self, ledger: RedisLedger) -> None:
        same = reservation("one", running(most=1))
        await ledger.reserve(FENCE, same, now=NOW)

        await ledger.reserve(FENCE, same, now=LATER)

        assert await ledger.opened_before(LATER) == []
        assert await ledger.use([running(most=1)]) == [held(1)]

    async def test_what_is_given_up_for_a_reservation_does_not_stand_in_its_way(
        self, ledger: RedisLedger
    ) -> None:
        claim = credits(60_000, most=100_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        instead = structs.replace(reservation("two", claim), instead_of=ONE)

        answer = await ledger.reserve(FENCE, instead, now=NOW)

        assert isinstance(answer, Granted)
        await ledger.close(FENCE, ONE, Credits(0))
        assert await ledger.use([claim]) == [held(60_000)]

    async def test_nothing_but_what_is_given_up_makes_room(self, ledger: RedisLedger) -> None:
        claim = credits(60_000, most=100_000)
        await ledger.reserve(FENCE, reservation("one", credits(10_000, most=100_000)), now=NOW)
        await ledger.reserve(FENCE, reservation("other", credits(50_000, most=100_000)), now=NOW)
        instead = structs.replace(reservation("two", claim), instead_of=ONE)

        answer = await ledger.reserve(FENCE, instead, now=NOW)

        assert answer == LimitReached(claim, total=60_000, held=60_000)

    async def test_a_limit_that_only_counts_refuses_nothing(self, ledger: RedisLedger) -> None:
        counted = credits(25_000, most=1000)
        claim = structs.replace(
            counted,
            account=structs.replace(
                counted.account, limit=structs.replace(counted.account.limit, enforce=False)
            ),
        )

        answer = await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        assert isinstance(answer, Granted)
        assert await ledger.use([claim]) == [held(25_000)]

    async def test_an_owner_without_limits_is_granted(self, ledger: RedisLedger) -> None:
        answer = await ledger.reserve(FENCE, reservation("one"), now=NOW)

        assert isinstance(answer, Granted)
        assert isinstance(await ledger.correct(FENCE, ONE, Credits(5)), Granted)
        assert await ledger.opened_before(NOW + timedelta(seconds=1)) == [ONE]
        assert isinstance(await ledger.close(FENCE, ONE, Credits(5)), Granted)

    async def test_the_limit_that_travels_with_the_call_decides(self, ledger: RedisLedger) -> None:
        await ledger.reserve(FENCE, reservation("one", credits(50_000, most=50_000)), now=NOW)

        raised = await ledger.reserve(FENCE, reservation("two", credits(50_000, most=200_000)), now=NOW)
        lowered = await ledger.reserve(FENCE, reservation("three", credits(1, most=60_000)), now=NOW)

        assert isinstance(raised, Granted)
        assert lowered == LimitReached(credits(1, most=60_000), total=100_000, held=100_000)

    async def test_the_largest_amounts_are_held_exactly(self, ledger: RedisLedger) -> None:
        claim = credits(CREDITS_MAX - 1, most=CREDITS_MAX)

        first = await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        second = await ledger.reserve(FENCE, reservation("two", credits(2, most=CREDITS_MAX)), now=NOW)
        third = await ledger.reserve(FENCE, reservation("three", credits(1, most=CREDITS_MAX)), now=NOW)

        assert isinstance(first, Granted)
        assert isinstance(third, Granted)
        assert second == LimitReached(credits(2, most=CREDITS_MAX), CREDITS_MAX - 1, CREDITS_MAX - 1)
        assert await ledger.use([claim]) == [held(CREDITS_MAX)]


class TestFingerprint:
    async def test_an_identical_request_joins_the_open_reservation(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=25_000)
        await ledger.reserve(FENCE, reservation("generation-1", claim, fingerprint="same"), now=NOW)

        answer = await ledger.reserve(FENCE, reservation("other", claim, fingerprint="same"), now=NOW)

        assert answer == Joined(GenerationId("generation-1"))
        assert await ledger.use([claim]) == [held(25_000)]

    async def test_the_generation_is_what_stands_before_the_colon(self, ledger: RedisLedger) -> None:
        await ledger.reserve(FENCE, reservation("generation-1:payer-2", fingerprint="same"), now=NOW)

        answer = await ledger.reserve(FENCE, reservation("other", fingerprint="same"), now=NOW)

        assert answer == Joined(GenerationId("generation-1"))

    async def test_a_closed_reservation_is_not_joined(self, ledger: RedisLedger) -> None:
        await ledger.reserve(FENCE, reservation("one", fingerprint="same"), now=NOW)
        await ledger.close(FENCE, ONE, Credits(0))

        answer = await ledger.reserve(FENCE, reservation("two", fingerprint="same"), now=NOW)

        assert isinstance(answer, Granted)

    async def test_a_corrected_reservation_is_still_joined(self, ledger: RedisLedger) -> None:
        claim = credits(10, most=100)
        await ledger.reserve(FENCE, reservation("one", claim, fingerprint="same"), now=NOW)
        await ledger.correct(FENCE, ONE, Credits(20))

        answer = await ledger.reserve(FENCE, reservation("two", claim, fingerprint="same"), now=NOW)

        assert answer == Joined(GenerationId("one"))


class TestCorrect:
    async def test_credits_are_set_and_counts_stay(self, ledger: RedisLedger) -> None:
        claims = [credits(25_000, most=100_000), generations(most=5), running(most=5)]
        await ledger.reserve(FENCE, reservation("one", *claims), now=NOW)

        answers = [await ledger.correct(FENCE, ONE, Credits(40_000)) for _ in range(2)]

        assert all(isinstance(answer, Granted) for answer in answers)
        assert await ledger.use(claims) == [held(40_000), held(1), held(1)]

    async def test_a_correction_may_pass_the_limit_and_then_the_next_is_refused(
        self, ledger: RedisLedger
    ) -> None:
        claim = credits(25_000, most=30_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        await ledger.correct(FENCE, ONE, Credits(50_000))

        after = await ledger.reserve(FENCE, reservation("two", credits(1, most=30_000)), now=NOW)
        assert isinstance(after, LimitReached)
        assert await ledger.use([claim]) == [held(50_000)]

    async def test_a_correction_downwards_makes_room(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=30_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        await ledger.correct(FENCE, ONE, Credits(5000))

        assert isinstance(await ledger.reserve(FENCE, reservation("two", claim), now=NOW), Granted)

    async def test_what_was_corrected_to_nothing_can_be_corrected_again(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=30_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        await ledger.correct(FENCE, ONE, Credits(0))
        await ledger.correct(FENCE, ONE, Credits(CREDITS_MAX))

        assert await ledger.use([claim]) == [held(CREDITS_MAX)]

    async def test_correcting_what_is_closed_changes_nothing(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=30_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        await ledger.close(FENCE, ONE, Credits(10_000))

        answer = await ledger.correct(FENCE, ONE, Credits(20_000))

        assert isinstance(answer, Granted)
        assert await ledger.use([claim]) == [spent(10_000)]


class TestClose:
    async def test_a_charge_stays_and_the_slot_goes(self, ledger: RedisLedger) -> None:
        claims = [credits(25_000, most=100_000), generations(most=5), running(most=5)]
        await ledger.reserve(FENCE, reservation("one", *claims), now=NOW)

        answer = await ledger.close(FENCE, ONE, Credits(20_000))

        assert isinstance(answer, Granted)
        assert await ledger.use(claims) == [spent(20_000), spent(1), spent(0)]

    async def test_without_a_charge_nothing_stays(self, ledger: RedisLedger) -> None:
        claims = [credits(25_000, most=100_000), generations(most=5), running(most=5)]
        await ledger.reserve(FENCE, reservation("one", *claims), now=NOW)

        await ledger.close(FENCE, ONE, Credits(0))

        assert await ledger.use(claims) == [spent(0)] * 3

    async def test_a_charge_above_the_reservation_is_booked_in_full(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=30_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)

        await ledger.close(FENCE, ONE, Credits(90_000))

        assert await ledger.use([claim]) == [spent(90_000)]

    async def test_a_reservation_is_closed_once(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=100_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        await ledger.close(FENCE, ONE, Credits(20_000))

        answer = await ledger.close(FENCE, ONE, Credits(20_000))

        assert isinstance(answer, Granted)
        assert await ledger.use([claim]) == [spent(20_000)]

    async def test_what_was_granted_again_meanwhile_is_not_closed_for_its_age(
        self, ledger: RedisLedger
    ) -> None:
        same = reservation("one", running(most=1))
        await ledger.reserve(FENCE, same, now=NOW)
        await ledger.reserve(FENCE, same, now=LATER)

        await ledger.close(FENCE, ONE, Credits(0), opened_before=LATER)

        assert await ledger.use([running(most=1)]) == [held(1)]

    async def test_an_unknown_reservation_is_closed_already(self, ledger: RedisLedger, client: Redis) -> None:
        answer = await ledger.close(FENCE, ReservationId("never"), Credits(20_000))

        assert isinstance(answer, Granted)
        assert await client.hkeys("{rwgw}:ledger") == [b"fence"]

    async def test_others_keep_what_they_hold(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=100_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        await ledger.reserve(FENCE, reservation("two", claim), now=NOW)

        await ledger.close(FENCE, ONE, Credits(0))

        assert await ledger.use([claim]) == [held(25_000)]

    async def test_nothing_charged_leaves_what_others_were_charged(self, ledger: RedisLedger) -> None:
        claim = credits(25_000, most=100_000)
        await ledger.reserve(FENCE, reservation("one", claim), now=NOW)
        await ledger.reserve(FENCE, reservation("two", claim), now=NOW)
        await ledger.close(FENCE, ONE, Credits(25_000))

        await ledger.close(FENCE, TWO, Credits(0))

        assert await ledger.use([claim]) == [spent(25_000)]

    async def test_a_free_reservation_that_is_charged_after_all_counts(self, ledger: RedisLedger) -> None:
        free = credits(0, most=100_000)
        await ledger.reserve(FENCE, reservation("one", free), now=NOW)
        await ledger.reserve(FENCE, reservation("two", credits(10, most=100_000)), now=NOW)
        await ledger.close(FENCE, TWO, Credits(0))

        await ledger.close(FENCE, ONE, Credits(7000))

        assert await ledger.use([free]) == [spent(7000)]

"""Which accounts a request claims, how much, and where it counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.accounts import (
    ADMISSION,
    BECOMES,
    NO_WINDOW,
    RATE,
    SLOT,
    Account,
    Becomes,
    Claim,
    account_names,
    claims,
    lane_claim,
)
from gateway.rules.credits import Credits
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit, Measure, Per, Policy
from tests.gateway.rules.examples import MODEL, NOW, level

TEAM = Owner("team/ads")
PRICE = Credits(25_000)
DAILY = Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500)
COUNTED = Limit(measure=Measure.GENERATIONS, per=Per.ROLLING_DAY, amount=100)
RUNNING = Limit(measure=Measure.RUNNING, amount=3)
REQUESTS = Limit(measure=Measure.REQUESTS, per=Per.MINUTE, amount=120)

limits = st.builds(
    Limit,
    measure=st.sampled_from(Measure),
    amount=st.integers(0, 3),
    per=st.none() | st.sampled_from(Per),
    model=st.none() | st.sampled_from(["gen4*", "gen4.5"]),
    timezone=st.none() | st.sampled_from(["Europe/Berlin", "Asia/Kathmandu"]),
)
accounts = st.builds(Account, st.sampled_from([ORGANIZATION, TEAM, Owner("key/ci")]), limits)


# --- accounts ---


@given(accounts, accounts)
def test_accounts_share_a_name_only_if_they_count_the_same(one: Account, other: Account) -> None:
    same = counts(one) == counts(other)

    assert (one.name == other.name) is same


def test_an_account_keeps_its_name_when_its_amount_changes() -> None:
    raised = Limit(measure=DAILY.measure, per=DAILY.per, amount=900, enforce=False)

    assert Account(TEAM, raised).name == Account(TEAM, DAILY).name


def test_an_account_without_a_window_has_one_bucket_and_never_resets() -> None:
    account = Account(TEAM, RUNNING)

    assert account.bucket(NOW) == NO_WINDOW
    assert account.counted_buckets(NOW) == (NO_WINDOW,)
    assert account.resets_at(NOW) is None


def test_an_account_resets_at_the_end_of_its_day() -> None:
    berlin = Limit(measure=Measure.CREDITS, per=Per.DAY, amount=1, timezone="Europe/Berlin")

    assert Account(TEAM, DAILY).resets_at(NOW) == datetime(2026, 5, 21, tzinfo=UTC)
    assert Account(TEAM, berlin).resets_at(NOW) == datetime(2026, 5, 20, 22, tzinfo=UTC)


def test_every_measure_says_what_becomes_of_its_claims() -> None:
    assert {
        Measure.CREDITS: Becomes.CHARGE,
        Measure.GENERATIONS: Becomes.COUNT,
        Measure.REQUESTS: Becomes.COUNT,
        Measure.RUNNING: Becomes.NOTHING,
    } == BECOMES
    assert set(Measure) == ADMISSION | SLOT | RATE


# --- claims ---


def test_a_claim_counts_in_the_bucket_of_its_instant() -> None:
    claim = Claim(Account(TEAM, DAILY), PRICE, NOW)

    assert claim.field == "team/ads|credits|day|||2026-05-20"
    assert claim.counted_fields == (claim.field,)


def test_a_claim_stays_in_its_bucket_however_late_it_closes() -> None:
    before_midnight = NOW.replace(hour=23, minute=59)

    claim = Claim(Account(TEAM, DAILY), PRICE, before_midnight)

    assert claim.field != Claim(claim.account, PRICE, before_midnight + timedelta(minutes=2)).field
    assert claim.field == Claim(claim.account, Credits(1), before_midnight).field


def test_a_claim_on_a_rolling_day_is_held_against_25_buckets() -> None:
    claim = Claim(Account(TEAM, COUNTED), 1, NOW)

    assert len(claim.counted_fields) == 25
    assert claim.counted_fields[-1] == claim.field


@given(accounts, st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_claim_is_always_held_against_its_own_bucket(account: Account, at: datetime) -> None:
    claim = Claim(account, 1, at)

    assert claim.field == claim.counted_fields[-1]


def test_a_limit_that_is_not_enforced_has_no_most() -> None:
    counting = Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500, enforce=False)

    assert Claim(Account(TEAM, DAILY), PRICE, NOW).amount_max == 500_000
    assert Claim(Account(TEAM, counting), PRICE, NOW).amount_max is None


def test_an_admission_claims_the_price_and_one_generation_at_every_level() -> None:
    levels = [level(ORGANIZATION, DAILY), level(TEAM, DAILY, COUNTED, RUNNING, REQUESTS)]

    claimed = claims(levels, ADMISSION, model=MODEL, price=PRICE, now=NOW)

    assert claimed == (
        Claim(Account(ORGANIZATION, DAILY), PRICE, NOW),
        Claim(Account(TEAM, DAILY), PRICE, NOW),
        Claim(Account(TEAM, COUNTED), 1, NOW),
    )


@pytest.mark.parametrize(("measures", "limit"), [(SLOT, RUNNING), (RATE, REQUESTS)])
def test_slots_and_requests_are_claimed_alone(measures: frozenset[Measure], limit: Limit) -> None:
    levels = [level(TEAM, DAILY, COUNTED, RUNNING, REQUESTS)]

    assert claims(levels, measures, model=MODEL, price=PRICE, now=NOW) == (
        Claim(Account(TEAM, limit), 1, NOW),
    )


def test_a_limit_for_other_models_claims_nothing() -> None:
    veo = Limit(measure=Measure.GENERATIONS, per=Per.DAY, amount=1, model="veo*")
    gen4 = Limit(measure=Measure.GENERATIONS, per=Per.DAY, amount=1, model="gen4*")

    claimed = claims([level(TEAM, veo, gen4)], ADMISSION, model=MODEL, price=PRICE, now=NOW)

    assert claimed == (Claim(Account(TEAM, gen4), 1, NOW),)


def test_a_lane_claims_one_of_what_runway_runs_at_once() -> None:
    claim = lane_claim("main", MODEL, 5, now=NOW)

    assert (claim.amount, claim.amount_max, claim.becomes) == (1, 5, Becomes.NOTHING)
    assert claim.field == f"project/main|running|||{MODEL}|now"


def test_requests_per_minute_are_never_rebuilt() -> None:
    names = account_names(TEAM, Policy(limits=(DAILY, RUNNING, REQUESTS)))

    assert names == {Account(TEAM, DAILY).name, Account(TEAM, RUNNING).name}


def counts(account: Account) -> tuple[object, ...]:
    limit = account.limit
    return (account.owner, limit.measure, limit.per, limit.timezone, limit.model)

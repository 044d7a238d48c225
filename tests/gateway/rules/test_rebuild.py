"""A rebuilt ledger holds what the lost one held."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from gateway.rules.accounts import ADMISSION, Account, Becomes, Claim, Level, claims
from gateway.rules.credits import Credits
from gateway.rules.generation import OPEN, Stage
from gateway.rules.ids import ORGANIZATION, GenerationId, KeyId, Owner, ReservationId, TeamId, slot_id
from gateway.rules.policy import Limit, Measure, Per, Policy
from gateway.rules.rebuild import (
    Spent,
    admission_claims,
    edges,
    levels_of,
    needs,
    settled_amounts,
    slot_claims,
    span_of,
)
from gateway.rules.windows import Span
from tests.gateway.rules.examples import ADS, CI, NOW, generation, level

TEAMS = {TeamId("ads"): KeyId("ci"), TeamId("art"): KeyId("studio")}
OWNERS = [
    ORGANIZATION,
    *(Owner(f"team/{team}") for team in TEAMS),
    *(Owner(f"key/{k}") for k in TEAMS.values()),
]
ZONES = [None, "Europe/Berlin", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe"]


class Closed(Struct, frozen=True):
    """A generation that ended."""

    team: TeamId
    model: str
    at: datetime
    charged: Credits

    @property
    def key(self) -> KeyId:
        return TEAMS[self.team]


nows = st.sampled_from(
    [
        NOW,
        datetime.fromisoformat("2026-03-29T22:30:00+00:00"),  # after Berlin's 23 hours
        datetime.fromisoformat("2026-10-25T22:59:59+00:00"),  # within its 25 hours
        datetime.fromisoformat("2026-04-05T11:20:00+00:00"),  # within Chatham's
        datetime.fromisoformat("2026-04-04T14:59:59+00:00"),  # before Lord Howe's half an hour
        datetime.fromisoformat("2026-04-04T15:10:00+00:00"),  # within it
        datetime.fromisoformat("2026-05-01T00:00:00+00:00"),
    ]
)
limits = st.builds(
    Limit,
    measure=st.sampled_from(sorted(ADMISSION)),
    per=st.sampled_from([per for per in Per if per is not Per.MINUTE]),
    amount=st.just(100),
    model=st.none() | st.sampled_from(["gen4*", "veo*"]),
    timezone=st.sampled_from(ZONES),
)
policies = st.dictionaries(
    st.sampled_from(OWNERS),
    st.lists(limits, max_size=4, unique_by=lambda limit: Account(ORGANIZATION, limit).name).map(
        lambda some: Policy(limits=tuple(some))
    ),
)


def closed_before(now: datetime) -> st.SearchStrategy[list[Closed]]:
    """Draw generations of the last days, some by clocks that go ahead, some as one is put back."""
    ages = st.timedeltas(timedelta(days=-70), timedelta(days=35)) | st.timedeltas(
        timedelta(hours=-4), timedelta(hours=27)
    )
    return st.lists(
        st.builds(
            Closed,
            st.sampled_from(sorted(TEAMS)),
            st.sampled_from(["gen4.5", "veo3.1"]),
            ages.map(lambda age: now - age),
            st.sampled_from([0, 1, 25_000]).map(Credits),
        ),
        max_size=12,
    )


@given(policies, nows.flatmap(lambda now: st.tuples(st.just(now), closed_before(now))))
def test_what_is_rebuilt_is_what_the_claims_had_counted(
    limited: dict[Owner, Policy], happened: tuple[datetime, list[Closed]]
) -> None:
    now, closed = happened

    rebuilt = settled_amounts(added_up(closed, limited, about(now)), limited, about(now))

    assert without_noughts(rebuilt) == without_noughts(counted(closed, limited, now))


@given(policies, nows.flatmap(lambda now: st.tuples(st.just(now), closed_before(now))))
def test_only_buckets_that_still_count_are_rebuilt(
    limited: dict[Owner, Policy], happened: tuple[datetime, list[Closed]]
) -> None:
    now, closed = happened

    rebuilt = settled_amounts(added_up(closed, limited, about(now)), limited, about(now))

    assert set(rebuilt) <= still_counting(limited, now)


# --- open generations ---


def test_an_open_generation_holds_its_reservation_since_it_was_made() -> None:
    daily = Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500)
    running = Limit(measure=Measure.RUNNING, amount=3)
    made = NOW - timedelta(days=1)

    held = admission_claims(
        generation(created_at=made, reserved=Credits(30_000)), (level(ORGANIZATION, daily, running),)
    )

    assert held == (Claim(Account(ORGANIZATION, daily), 30_000, made),)


@pytest.mark.parametrize(
    ("lane_max", "owners"), [(5, ["organization", "project/main"]), (None, ["organization"])]
)
def test_a_forwarded_generation_holds_its_slots(lane_max: int | None, owners: list[str]) -> None:
    daily = Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500)
    running = Limit(measure=Measure.RUNNING, amount=3)

    held = slot_claims(generation(), (level(ORGANIZATION, daily, running),), lane_max=lane_max)

    assert [claim.account.owner for claim in held] == owners
    assert {(claim.amount, claim.becomes) for claim in held} == {(1, Becomes.NOTHING)}


@pytest.mark.parametrize("stage", Stage)
def test_an_admission_is_needed_as_long_as_its_generation_is_open(stage: Stage) -> None:
    assert needs(generation(stage=stage), ReservationId("r")) is (stage in OPEN)


@pytest.mark.parametrize("stage", Stage)
def test_a_slot_is_needed_only_by_what_runs_or_may_run(stage: Stage) -> None:
    own, other = (slot_id(GenerationId("g"), attempt) for attempt in ("first", "second"))
    holder = generation(stage=stage, slot=own)

    assert needs(holder, own) is (stage in {Stage.FORWARDING, Stage.RUNNING})
    assert not needs(holder, other)


def test_a_reservation_of_an_earlier_payer_is_not_needed() -> None:
    assert not needs(generation(stage=Stage.QUEUED), ReservationId("of an earlier payer"))


def test_an_owner_without_a_policy_has_no_limits() -> None:
    policy = Policy(weight=2)

    levels = levels_of({Owner("team/ads"): policy}, ADS, CI)

    assert [each.owner for each in levels] == ["organization", "team/ads", "key/ci"]
    assert [each.policy for each in levels] == [Policy(), policy, Policy()]


def test_generations_that_wait_are_paid_for_in_the_window_in_which_they_were_made() -> None:
    made = NOW - timedelta(days=3)
    queued = generation(created_at=made, stage=Stage.QUEUED)
    running = generation(created_at=made - timedelta(days=1), stage=Stage.RUNNING)

    assert span_of(NOW, [queued, running]).first == made
    assert span_of(NOW, [running]) == about(NOW)


def test_a_zone_of_which_this_host_has_not_heard_hurts_nobody_else() -> None:
    here, elsewhere = (
        Policy(limits=(Limit(measure=Measure.CREDITS, per=Per.DAY, amount=9, timezone=name),))
        for name in ("Europe/Berlin", "America/Newtown")
    )

    assert edges([here, elsewhere], about(NOW)) == edges([here], about(NOW))


# --- the model that the rebuild is held against ---


def about(now: datetime) -> Span:
    return span_of(now, [])


def added_up(closed: Sequence[Closed], limited: dict[Owner, Policy], span: Span) -> list[Spent]:
    """Add up as the records do."""
    groups: defaultdict[tuple[TeamId, str, datetime], list[Closed]] = defaultdict(list)
    begins = edges(limited.values(), span)
    for each in closed:
        before = [begin for begin in begins if begin <= each.at]
        if before and each.charged:
            groups[each.team, each.model, before[-1]].append(each)
    return [
        Spent(
            team=team,
            key=TEAMS[team],
            model=model,
            since=since,
            credits=Credits(sum(each.charged for each in members)),
            generations=len(members),
        )
        for (team, model, since), members in groups.items()
    ]


def counted(closed: Sequence[Closed], limited: dict[Owner, Policy], now: datetime) -> Counter[str]:
    """Add up what is left of every claim, generation by generation."""
    amounts: Counter[str] = Counter()
    for each in closed:
        levels = levels_of(limited, each.team, each.key)
        for claim in claims(levels, ADMISSION, model=each.model, price=each.charged, now=each.at):
            amounts[claim.field] += left(claim, each.charged)
    counting = still_counting(limited, now)
    return Counter({field: amount for field, amount in amounts.items() if field in counting})


def left(claim: Claim, charged: Credits) -> int:
    match claim.becomes:
        case Becomes.CHARGE:
            return charged
        case Becomes.COUNT:
            return claim.amount if charged else 0
        case Becomes.NOTHING:
            return 0


def still_counting(limited: dict[Owner, Policy], now: datetime) -> set[str]:
    """Name the buckets that count now, or for who is an hour before or after."""
    levels = [Level(owner, policy) for owner, policy in limited.items()]
    return {
        field
        for each in levels
        for limit in each.policy.limits
        for minutes in range(-60, 61, 15)
        for at in [now + timedelta(minutes=minutes)]
        for field in Claim(Account(each.owner, limit), 0, at).counted_fields
    }


def without_noughts(amounts: dict[str, int]) -> dict[str, int]:
    return {field: amount for field, amount in amounts.items() if amount}

"""What a team is told of its limits."""

from datetime import UTC, datetime

from gateway.rules.accounts import Account, Claim
from gateway.rules.ids import ORGANIZATION, Owner, TeamId, team_owner
from gateway.rules.policy import Limit, Measure, Per
from gateway.rules.quota import tightest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEAM = team_owner(TeamId("ads"))


def claim(owner: Owner, amount: int, per: Per = Per.DAY) -> Claim:
    return Claim(Account(owner, Limit(measure=Measure.CREDITS, amount=amount, per=per)), 1, NOON)


def test_the_limit_with_the_smallest_share_left_is_told() -> None:
    day, month = claim(TEAM, 100), claim(TEAM, 1000, Per.MONTH)

    quota = tightest([(day, 50_000), (month, 100_000)], NOON)

    assert quota is not None
    assert (quota.limit.per, quota.left) == (Per.MONTH, 100_000)


def test_it_resets_when_its_window_ends() -> None:
    quota = tightest([(claim(TEAM, 100), 0)], NOON)

    assert quota is not None
    assert quota.resets_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_the_organisations_own_limits_are_not_told() -> None:
    assert tightest([(claim(ORGANIZATION, 100), 1)], NOON) is None


def test_a_limit_that_only_counts_is_not_told() -> None:
    assert tightest([(claim(TEAM, 100), -1)], NOON) is None

"""The headers of the IETF draft for the tightest limit."""

from datetime import UTC, datetime

from gateway.rules.ids import ORGANIZATION, Owner, TeamId, team_owner
from gateway.rules.policy import Limit, Measure, Per
from gateway.rules.quota import Quota
from gateway.rules.refusals import LimitFacts
from gateway.web.rate_limit import of_quota, of_refusal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DAILY = Limit(measure=Measure.CREDITS, amount=500, per=Per.DAY)
TEAM = team_owner(TeamId("ads"))


def facts(owner: Owner) -> LimitFacts:
    return LimitFacts.of(owner, DAILY, total=480_000, held=20_000, resets_at=MIDNIGHT)


def test_credits_are_told_whole_and_rounded_down() -> None:
    headers = dict(of_quota(Quota(TEAM, DAILY, 20_999, MIDNIGHT), NOON))

    assert headers == {
        b"ratelimit-policy": b'"credits-day";q=500;w=86400',
        b"ratelimit": b'"credits-day";r=20;t=43200',
    }


def test_a_limit_without_a_window_never_resets() -> None:
    running = Limit(measure=Measure.RUNNING, amount=3)

    headers = dict(of_quota(Quota(TEAM, running, 1, None), NOON))

    assert headers == {b"ratelimit-policy": b'"running-now";q=3', b"ratelimit": b'"running-now";r=1'}


def test_a_refusal_tells_what_is_left() -> None:
    assert dict(of_refusal(facts(TEAM), NOON))[b"ratelimit"] == b'"credits-day";r=20;t=43200'


def test_a_refusal_by_the_organisations_limit_tells_no_amount() -> None:
    assert of_refusal(facts(ORGANIZATION), NOON) == ()

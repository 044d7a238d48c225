"""Owners, generations and keys as the tests of the rules write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from gateway.rules import refusals
from gateway.rules.accounts import Level
from gateway.rules.credits import Credits
from gateway.rules.directory import Key, Team
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import (
    ORGANIZATION,
    GenerationId,
    KeyId,
    Owner,
    ReservationId,
    TeamId,
)
from gateway.rules.policy import EMPTY, Limit, Measure, Per, Policy
from gateway.rules.refusals import Issue, LimitFacts, Refusal

NOW = datetime(2026, 5, 20, 12, 34, 56, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
MODEL = "gen4_turbo"
ADS, CI = TeamId("ads"), KeyId("ci")

_GENERATION = Generation(
    id=GenerationId("g"),
    stage=Stage.RUNNING,
    operation="image_to_video",
    model=MODEL,
    project="main",
    body=b"{}",
    headers={},
    team=ADS,
    key=CI,
    reservation=ReservationId("r"),
    reserved=Credits(25_000),
    priced_as="p",
    created_at=NOW,
    due_at=NOW,
)


def generation(**changed: Any) -> Generation:  # noqa: ANN401 - any field of a generation
    return structs.replace(_GENERATION, **changed)


def level(owner: Owner = ORGANIZATION, *limits: Limit, **allowed: Any) -> Level:  # noqa: ANN401
    return Level(owner, Policy(limits=limits, **allowed))


def team(policy: Policy = EMPTY) -> Team:
    return Team(id=ADS, name="Ads", policy=policy, version=1, created_at=NOW)


def key(policy: Policy = EMPTY) -> Key:
    return Key(id=CI, team=ADS, label="ci", policy=policy, version=1, created_at=NOW)


FACTS = LimitFacts.of(
    Owner("team/ads"),
    Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500),
    total=500_000,
    held=20_000,
    resets_at=datetime(2026, 5, 21, tzinfo=UTC),
)
REFUSALS: list[Refusal] = [
    refusals.Unauthenticated(),
    refusals.TooManyAttempts(30),
    refusals.InvalidBody((Issue("too_big", ("duration",), "At most 10"),)),
    refusals.NotAllowed("model veo3.1", Owner("team/ads")),
    refusals.NotOffered("workflows_run"),
    refusals.TeamsOnly("image_to_video"),
    refusals.AdminsOnly(),
    refusals.AboveCap("a duration", 12, allowed=10, owner=Owner("team/ads")),
    refusals.BudgetExceeded(FACTS),
    refusals.TooManyRequests(FACTS, 12),
    refusals.NotReusable(),
    refusals.IdempotencyKeyReused(),
    refusals.NotFound("Task"),
    refusals.Invalid("The body must be a JSON object"),
    refusals.Conflict("The policy was changed meanwhile"),
    refusals.VersionRequired(),
    refusals.TooLarge(1024),
    refusals.TooSlow(60),
    refusals.Busy("request bodies in flight", 1),
    refusals.Unavailable("its records cannot be reached"),
    refusals.UpstreamAway(),
    refusals.UpstreamKeyRefused(),
    refusals.UpstreamTimeout(),
    refusals.UpstreamRefused(400, b'{"error":"no"}'),
]
"""One of every kind."""

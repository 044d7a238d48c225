"""Owners, generations and keys as the tests of the rules write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

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
from gateway.rules.policy import EMPTY, Limit, Policy

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

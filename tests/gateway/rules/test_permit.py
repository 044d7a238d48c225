"""What policies forbid before anything is counted."""

from typing import Any

import pytest

from gateway.rules.accounts import Level
from gateway.rules.credits import Credits
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.permit import refusal
from gateway.rules.policy import Caps, Policy
from gateway.rules.refusals import AboveCap, NotAllowed, Refusal
from tests.gateway.rules.examples import level

TEAM, KEY = Owner("team/ads"), Owner("key/ci")


def asked(*levels: Level, **body: Any) -> Refusal | None:  # noqa: ANN401 - whatever JSON holds
    return refusal(levels, operation="image_to_video", model="gen4_turbo", body=body, price=Credits(50_000))


def test_empty_policies_allow_everything() -> None:
    assert asked(level(ORGANIZATION), level(TEAM), level(KEY), duration=1000) is None


@pytest.mark.parametrize("owner", [ORGANIZATION, TEAM, KEY])
def test_every_level_may_forbid_a_model(owner: Owner) -> None:
    levels = [
        level(each, models=("veo*",)) if each == owner else level(each) for each in (ORGANIZATION, TEAM, KEY)
    ]

    told = asked(*levels)

    assert isinstance(told, NotAllowed)
    assert told.message.startswith(f"model gen4_turbo is not allowed for {owner};")


def test_a_level_below_cannot_allow_what_one_above_forbids() -> None:
    told = asked(level(ORGANIZATION, models=("veo*",)), level(TEAM, models=("*",)))

    assert isinstance(told, NotAllowed)
    assert told.owner == ORGANIZATION


def test_the_first_level_that_forbids_is_told() -> None:
    told = asked(level(ORGANIZATION), level(TEAM, models=()), level(KEY, operations=()))

    assert isinstance(told, NotAllowed)
    assert told.owner == TEAM


def test_an_operation_that_is_not_listed_is_not_allowed() -> None:
    told = asked(level(TEAM, operations=("text_to_image",)))

    assert isinstance(told, NotAllowed)
    assert told.message.startswith("operation image_to_video is not allowed for team/ads;")


@pytest.mark.parametrize("duration", [11, 10.5, 10**400])
def test_a_duration_above_the_cap_is_refused(duration: float) -> None:
    told = asked(level(TEAM, caps=Caps(duration=10)), duration=duration)

    assert isinstance(told, AboveCap)
    assert (told.asked, told.allowed, told.owner) == (duration, 10, TEAM)


@pytest.mark.parametrize("body", [{"duration": 10}, {"duration": 2.5}, {}])
def test_a_duration_up_to_the_cap_or_none_is_allowed(body: dict[str, object]) -> None:
    assert asked(level(TEAM, caps=Caps(duration=10)), **body) is None


def test_a_price_above_the_cap_is_refused_in_whole_credits() -> None:
    told = asked(level(TEAM, caps=Caps(credits=49.5)))

    assert isinstance(told, AboveCap)
    assert told.message == "a price of 50 is above the cap of 49.5 for team/ads; ask for less."


def test_a_price_of_exactly_the_cap_is_allowed() -> None:
    assert asked(Level(TEAM, Policy(caps=Caps(credits=50)))) is None


def test_an_automatic_duration_is_above_any_cap() -> None:
    told = asked(level(TEAM, caps=Caps(duration=10)), duration="auto")

    assert isinstance(told, NotAllowed)

"""What policies forbid before anything is counted."""

import pytest

from gateway.rules.accounts import Level
from gateway.rules.credits import Credits
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.permit import refusal
from gateway.rules.policy import Caps, Policy
from gateway.rules.refusals import AboveCap, NotAllowed, Refusal
from tests.gateway.rules.examples import level

TEAM, KEY = Owner("team/ads"), Owner("key/ci")


def asked(*levels: Level, seconds: float | None = None, model: str = "gen4_turbo") -> Refusal | None:
    return refusal(levels, operation="image_to_video", model=model, seconds=seconds, price=Credits(50_000))


def test_empty_policies_allow_everything() -> None:
    assert asked(level(ORGANIZATION), level(TEAM), level(KEY), seconds=1000) is None


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


@pytest.mark.parametrize("seconds", [11, 10.5, 1e9])
def test_a_duration_above_the_cap_is_refused(seconds: float) -> None:
    told = asked(level(TEAM, caps=Caps(duration=10)), seconds=seconds)

    assert isinstance(told, AboveCap)
    assert (told.asked, told.allowed, told.owner) == (f"{seconds:g}", "10", TEAM)


@pytest.mark.parametrize("seconds", [10, 2.5, None])
def test_a_duration_up_to_the_cap_or_none_is_allowed(seconds: float | None) -> None:
    assert asked(level(TEAM, caps=Caps(duration=10)), seconds=seconds) is None


def test_a_pattern_says_nothing_of_a_model_that_runway_chooses() -> None:
    told = asked(level(TEAM, models=("image*",)), model="image_to_video")

    assert isinstance(told, NotAllowed)


def test_the_full_name_of_an_operation_allows_whatever_model_runway_chooses() -> None:
    assert asked(level(TEAM, models=("image_to_video",)), model="image_to_video") is None


def test_a_price_above_the_cap_is_refused_in_whole_credits() -> None:
    told = asked(level(TEAM, caps=Caps(credits=49.5)))

    assert isinstance(told, AboveCap)
    assert told.message == "a price of up to 50 is above the cap of 49.5 for team/ads; ask for less."


def test_a_price_of_exactly_the_cap_is_allowed() -> None:
    assert asked(Level(TEAM, Policy(caps=Caps(credits=50)))) is None

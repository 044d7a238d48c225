"""What the pipeline does on good days and on bad ones. Everything comes from two fixtures; no test waits."""

import pytest
from runwayml import RunwayML, TaskFailedError

from mock_server.testing import RunwayMock
from tests.mock_server.example_pipeline.storyboard import (
    ModeratedError,
    OverBudgetError,
    Scene,
    film,
)

SCENES = [Scene("a lighthouse at dusk", seconds=5), Scene("the same lighthouse in a storm", seconds=10)]
COST = 5 + 25 + 5 + 50


def test_every_scene_becomes_a_clip(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    clips = film(runway_client, SCENES, credits_max=100)

    assert len(clips) == 2
    runway_mock.verify("text_to_image", model="gen4_image", times=2)
    runway_mock.verify("image_to_video", model="gen4_turbo", times=2)


def test_it_costs_what_was_planned(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    film(runway_client, SCENES, credits_max=100)

    audit = runway_mock.audit()
    assert (audit["net"], audit["balanced"]) == (COST, True)


def test_nothing_is_created_over_budget(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    with pytest.raises(OverBudgetError):
        film(runway_client, SCENES, credits_max=COST - 1)

    runway_mock.verify(times=0)


def test_an_empty_account_is_over_budget_too(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    runway_mock.account(balance=20)

    with pytest.raises(OverBudgetError):
        film(runway_client, SCENES, credits_max=100)


def test_a_failed_still_is_made_again_and_paid_once(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    runway_mock.arm("fail", operation="text_to_image", code="INTERNAL", times=1)

    film(runway_client, SCENES, credits_max=100)

    runway_mock.verify("text_to_image", times=3)
    assert runway_mock.audit()["net"] == COST


def test_a_still_that_fails_every_time_is_given_up(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    runway_mock.arm("fail", operation="text_to_image", code="INTERNAL.BAD_OUTPUT.01")

    with pytest.raises(TaskFailedError):
        film(runway_client, SCENES, credits_max=100)

    runway_mock.verify("text_to_image", times=2)


def test_a_moderated_prompt_is_never_sent_again(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    scene = Scene("something forbidden [[fail:SAFETY.INPUT.TEXT]]", seconds=5)

    with pytest.raises(ModeratedError):
        film(runway_client, [scene], credits_max=100)

    runway_mock.verify("text_to_image", times=1)


def test_a_busy_account_only_takes_longer(runway_mock: RunwayMock, runway_client: RunwayML) -> None:
    runway_mock.account(tier="1")
    runway_client.image_to_video.create(
        model="gen4_turbo", prompt_image="https://example.com/other.png", ratio="1280:720", duration=10
    )

    film(runway_client, SCENES[:1], credits_max=100)

    assert [task["status"] for task in runway_mock.tasks()] == ["SUCCEEDED"] * 3


def test_short_trouble_with_the_network_goes_unnoticed(
    runway_mock: RunwayMock, runway_client: RunwayML
) -> None:
    runway_mock.arm("refuse", status=502, times=2)

    film(runway_client, SCENES, credits_max=100)

    runway_mock.verify(status=502, times=2)


def test_a_lost_answer_is_paid_twice_and_the_audit_says_so(
    runway_mock: RunwayMock, runway_client: RunwayML
) -> None:
    """The SDK sends a create again when its connection breaks. `max_retries=0` would prevent it."""
    runway_mock.arm("lose-answer", operation="image_to_video", times=1)

    film(runway_client, SCENES[:1], credits_max=100)

    [double] = runway_mock.audit()["suspectedDoubleCharges"]
    assert (double["reason"], double["credits"]) == ("same body", 25)

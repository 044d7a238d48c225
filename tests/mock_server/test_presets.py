import pytest

from mock_server.limits import TIERS
from mock_server.presets import PRESETS, preset_of
from tests.mock_server.driver import CLIP, Driver


@pytest.mark.parametrize("tier", ["1", "2", "3", "4", "5", "unlimited"])
def test_the_name_of_a_key_says_its_tier(mock: Driver, tier: str) -> None:
    key = "key_unlimited-of-a-test" if tier == "unlimited" else f"key_tier{tier}-of-a-test"

    organization = mock.get("/v1/organization", key=key)

    shown = organization["tier"]
    assert shown["maxMonthlyCreditSpend"] == TIERS[tier].monthly_credits
    assert {tuple(limits.values()) for limits in shown["models"].values()} == {
        (allowance.concurrent, allowance.daily) for allowance in TIERS[tier].allowances.values()
    }


@pytest.mark.parametrize("key", ["key_tier6", "key_tier1b", "other_tier1", "-key_tier1", ""])
def test_any_other_name_is_an_ordinary_key(key: str) -> None:
    assert preset_of(key) not in PRESETS.values()


def test_a_key_with_few_credits_pays_for_one_clip(mock: Driver) -> None:
    statuses = [mock.post("/v1/image_to_video", CLIP, key="key_lowcredit-1").status_code for _ in range(2)]

    assert statuses == [200, 400]


def test_a_key_without_credits_pays_for_nothing(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", CLIP, key="key_nocredit")

    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "You do not have enough credits to run this task.",
    )


def test_a_key_with_a_used_up_day_is_free_24_hours_later(mock: Driver) -> None:
    first = mock.post("/v1/image_to_video", CLIP, key="key_daily-1")
    shown = mock.get("/v1/organization", key="key_daily-1")["usage"]["models"]["gen4_turbo"]
    mock.advance(24 * 3600)
    second = mock.post("/v1/image_to_video", CLIP, key="key_daily-1")

    assert (first.status_code, second.status_code) == (429, 200)
    assert shown == {"dailyGenerations": 50}


def test_keys_with_the_same_beginning_are_different_tenants(mock: Driver) -> None:
    task = mock.create(key="key_tier1-a")

    assert mock.ask("GET", f"/v1/tasks/{task}", key="key_tier1-b").status_code == 404

import pytest

from mock_server.limits import TIERS, Modality, Slots, modality_of
from mock_server.settings import Settings
from tests.mock_server.driver import CLIP, FROZEN, Driver


def test_the_daily_cap_is_a_429_and_rolls_on_after_24_hours(mock: Driver) -> None:
    for _ in range(49):
        mock.create()
    mock.advance(3600)
    mock.create()

    refused = mock.post("/v1/image_to_video", CLIP)
    mock.advance(23 * 3600)
    accepted = mock.post("/v1/image_to_video", CLIP)

    assert (refused.status_code, accepted.status_code) == (429, 200)
    assert refused.json() == {
        "error": "Your daily task limit has been reached.",
        "docUrl": "https://docs.dev.runwayml.com/api",
    }
    assert "retry-after" not in refused.headers


def test_the_organization_shows_limits_and_counts(mock: Driver) -> None:
    mock.create()

    organization = mock.get("/v1/organization")

    limits = organization["tier"]["models"]["gen4_turbo"]
    assert limits == {"maxConcurrentGenerations": 1, "maxDailyGenerations": 50}
    assert organization["usage"]["models"]["gen4_turbo"] == {"dailyGenerations": 1}
    assert organization["tier"]["maxMonthlyCreditSpend"] == 10_000


def test_without_limits_the_organization_shows_none() -> None:
    with Driver(Settings(clock=FROZEN.clock, tier="unlimited")) as mock:
        limits = mock.get("/v1/organization")["tier"]["models"]["veo3.1"]

    assert limits == {"maxConcurrentGenerations": None, "maxDailyGenerations": None}


@pytest.mark.parametrize(
    ("operation", "model", "modality"),
    [
        ("image_to_video", "gen4_turbo", Modality.VIDEO),
        ("text_to_image", "gen4_image", Modality.IMAGE),
        ("text_to_speech", "eleven_v3", Modality.AUDIO),
        ("avatar_videos", "gwm1_avatars", Modality.CHARACTERS),
        ("video_to_hdr", "ruby", Modality.ENHANCEMENT),
        ("image_upscale", "magnific_precision_upscaler_v2", Modality.ENHANCEMENT),
        ("recipes_product_campaign_image", "product_campaign_image", Modality.IMAGE),
        ("recipes_product_ad", "product_ad", Modality.VIDEO),
    ],
)
def test_each_model_counts_in_its_column(operation: str, model: str, modality: Modality) -> None:
    assert modality_of(operation, model) is modality


def test_a_higher_tier_never_allows_less() -> None:
    for modality in Modality:
        concurrent = [TIERS[tier].allowances[modality].concurrent or 0 for tier in "12345"]
        daily = [TIERS[tier].allowances[modality].daily or 0 for tier in "12345"]

        assert (concurrent, daily) == (sorted(concurrent), sorted(daily))


def test_a_place_goes_to_whoever_waits_longest() -> None:
    slots: Slots[str] = Slots()
    slots.join("first")
    slots.join("second")

    granted = [slots.grant_next(1), slots.grant_next(1)]
    slots.release()

    assert granted == ["first", None]
    assert slots.grant_next(1) == "second"

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


@pytest.mark.parametrize("tier", ["1", "2", "3", "4", "5"])
def test_more_tasks_of_a_model_than_the_tier_runs_wait_in_line(tier: str) -> None:
    concurrent = TIERS[tier].allowances[Modality.VIDEO].concurrent or 0
    key = f"key_tier{tier}-line"
    with Driver() as mock:
        tasks = [mock.create(key=key) for _ in range(concurrent + 2)]
        before = [mock.task(task, key=key)["status"] for task in tasks]
        mock.advance(1 + 12)
        after = [mock.task(task, key=key)["status"] for task in tasks]

    assert before == ["PENDING"] * concurrent + ["THROTTLED"] * 2
    assert after[: concurrent + 1] == ["SUCCEEDED"] * concurrent + ["PENDING"]


def test_each_model_has_places_of_its_own(mock: Driver) -> None:
    mock.create()
    other = mock.create(model="gen4.5")

    assert mock.task(other)["status"] == "PENDING"


def test_uploads_above_the_rate_of_the_tier_are_a_429_that_says_when_to_come_back(mock: Driver) -> None:
    order = {"filename": "first.png", "type": "ephemeral"}
    for _ in range(30):
        assert mock.post("/v1/uploads", order).status_code == 200
        mock.advance(1)

    refused = mock.post("/v1/uploads", order)
    mock.advance(30)
    accepted = mock.post("/v1/uploads", order)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert accepted.status_code == 200


def test_without_limits_uploads_have_no_rate(mock: Driver) -> None:
    order = {"filename": "first.png", "type": "ephemeral"}

    statuses = {mock.post("/v1/uploads", order, key="key_unlimited").status_code for _ in range(200)}

    assert statuses == {200}

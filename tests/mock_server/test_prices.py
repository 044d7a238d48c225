import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server import prices
from mock_server.model_table import NoRowError

DOCUMENT = Path(__file__).parents[2] / "openapi" / "runway.json"
CLIP = "https://example.com/clip.mp4"
OTHER_CLIP = "https://example.com/other.mp4"
SHOTS = [{"prompt": "near", "duration": 3}, {"prompt": "far", "duration": 4}]
PICTURE = "https://example.com/picture.png"
PICTURES = [{"uri": PICTURE}] * 3

Body = dict[str, object]


def asked(operation: str, model: str | None = None, **fields: object) -> tuple[str, Body]:
    return operation, fields | ({"model": model} if model else {})


# The figures of Runway's pricing page and docstrings, worked out by hand: (request, credits).
VIDEO = [
    (asked("image_to_video", "gen4_turbo", duration=5), 25),
    (asked("image_to_video", "gen4_turbo", duration=2), 10),
    (asked("text_to_video", "gen4.5", duration=10, ratio="1280:720"), 120),
    (asked("text_to_video", "gen4.5", duration=4, outputFormat="prores"), 4 * 17),
    (asked("text_to_video", "gen4.5", duration=4, outputFormat="hdr10"), 4 * 32),
    (asked("text_to_video", "veo3.1", duration=8), 320),
    (asked("text_to_video", "veo3.1", duration=8, audio=True), 320),
    (asked("text_to_video", "veo3.1", duration=8, audio=False), 160),
    (asked("image_to_video", "veo3.1_fast", duration=4), 60),
    (asked("image_to_video", "veo3.1_fast", duration=4, audio=False), 40),
    (asked("text_to_video", "seedance2", duration=5, ratio="864:496"), 180),
    (asked("text_to_video", "seedance2", duration=5, ratio="1470:630"), 180),
    (asked("text_to_video", "seedance2", duration=5, ratio="2206:946"), 200),
    (asked("text_to_video", "seedance2", duration=15, ratio="3840:2160"), 2250),
    (asked("text_to_video", "seedance2", duration=15, ratio="3840:1646"), 2250),
    (asked("text_to_video", "seedance2_fast", duration=10), 290),
    (asked("text_to_video", "seedance2_mini", duration=4), 64),
    (asked("text_to_video", "seedance2_mini", duration=15), 240),
    (asked("text_to_video", "seedance2_5", duration=30, ratio="1920:1080"), 2040),
    (asked("text_to_video", "seedance2_5", duration=5), 150),
    (asked("text_to_video", "seedance2_5", duration=4, ratio="854:480"), 80),
    (asked("video_to_video", "seedance2_5", duration=30, ratio="1920:1080", promptVideo=CLIP), 2040 + 1020),
    (asked("text_to_video", "seedance2_5", duration=5, references=[{"uri": PICTURE}] * 30), 150),
    (asked("text_to_video", "hailuo3", duration=5), 75),
    (asked("text_to_video", "hailuo3", duration=5, resolution="768P"), 50),
    (asked("text_to_video", "hailuo3", duration=5, references=[{"uri": PICTURE}] * 2), 79),
    (asked("video_to_video", "hailuo3", duration=5, promptVideo=CLIP), 75 + 15 * 15),
    (asked("image_to_video", "h3_max", duration=10, resolution="480p"), 50),
    (asked("image_to_video", "h3_max", duration=10, resolution="768p"), 80),
    (asked("image_to_video", "grok_imagine_1_5", duration=4, resolution="720p", promptImage=PICTURE), 65),
    (asked("image_to_video", "grok_imagine_1_5", duration=1, promptImage=PICTURE), 11),
    (
        asked(
            "image_to_video", "grok_imagine_1_5_lite", duration=10, ratio="auto_1080p", promptImage=PICTURE
        ),
        141,
    ),
    (asked("text_to_video", "grok_imagine_1_5_lite", duration=10, ratio="1088:720"), 30),
    (asked("text_to_video", "wan3", duration=5), 100),
    (asked("text_to_video", "wan3", duration=5, ratio="auto_480p"), 25),
    (asked("text_to_video", "wan3_prime", duration=5, ratio="832:480"), 34),
    (asked("text_to_video", "wan3_prime", duration=3, ratio="832:480"), 21),
    (asked("text_to_video", "happyhorse_1_0", duration=3, ratio="1108:832"), 45),
    (asked("image_to_video", "happyhorse_1_0", duration=3, resolution="1080P"), 90),
    (asked("text_to_video", "gemini_omni_flash", duration=3), 30),
    (asked("image_to_video", "gemini_omni_flash", duration=3, promptImage=PICTURE), 31),
    (asked("video_to_video", "gemini_omni_flash", videoUri=CLIP, references=[{"uri": PICTURE}]), 111),
    (asked("text_to_video", "gemini_omni_flash_1.1", duration=10, ratio="640:360"), 34),
    (asked("text_to_video", "gemini_omni_flash_1.1", duration=10, ratio="3840:2160"), 300),
    (asked("text_to_video", "kling3.0_standard", duration=5), 65),
    (asked("text_to_video", "kling3.0_pro", duration=5, audio=False), 60),
    (
        asked(
            "text_to_video",
            "kling3.0_standard",
            providerSettings={"multiPrompt": SHOTS},
        ),
        91,
    ),
    (asked("video_to_video", "aleph2", videoUri=CLIP), 30 * 28),
    (asked("video_to_video", "aleph2", videoUri=CLIP, outputFormat="sdr_rec709_10bit"), 30 * 48),
    (asked("character_performance", "act_two", reference={"type": "video", "uri": CLIP}), 150),
    (asked("video_to_hdr", "ruby", videoUri=CLIP), 1200),
    (
        asked("video_upscale", "magnific_video_upscaler_creative", videoUri=CLIP, resolution="4k"),
        2160,
    ),
]
IMAGE = [
    (asked("text_to_image", "gen4_image", ratio="1280:720"), 5),
    (asked("text_to_image", "gen4_image", ratio="1920:1080"), 8),
    (asked("text_to_image", "gen4_image_turbo", ratio="1920:1080"), 2),
    (asked("text_to_image", "gemini_2.5_flash", ratio="1024:1024"), 5),
    (asked("text_to_image", "gemini_image3_pro", ratio="2048:2048", outputCount=4), 80),
    (asked("text_to_image", "gemini_image3_pro", ratio="4096:4096"), 40),
    (asked("text_to_image", "gemini_image3.1_flash", ratio="1024:1024"), 7),
    (asked("text_to_image", "gemini_image3.1_flash", ratio="3168:1344"), 11),
    (asked("text_to_image", "gpt_image_2", ratio="auto", outputCount=10), 410),
    (asked("text_to_image", "gpt_image_2", ratio="2560:2560"), 20),
    (asked("text_to_image", "gpt_image_2", ratio="3840:1648"), 41),
    (asked("text_to_image", "gpt_image_2", ratio="2880:2880", quality="low"), 2),
    (asked("text_to_image", "gpt_image_2", ratio="1920:1080", quality="medium", outputCount=3), 15),
    (asked("text_to_image", "gpt_image_2", ratio="1920:1080", quality="auto"), 20),
    (
        asked(
            "text_to_image",
            "gpt_image_2_5_sunburst",
            ratio="auto",
            outputCount=2,
            referenceImages=PICTURES,
        ),
        2 * (16 + 3),
    ),
    (asked("text_to_image", "grok_imagine_image_2", ratio="1024:1024", quality="low"), 6),
    (
        asked(
            "text_to_image",
            "grok_imagine_image_2",
            ratio="auto_2k",
            outputCount=2,
            referenceImages=PICTURES,
        ),
        2 * 8 + 3,
    ),
    (asked("text_to_image", "seedream5_pro", ratio="1376:768", outputCount=4), 20),
    (asked("text_to_image", "seedream5_pro", ratio="auto_2k"), 9),
    (asked("text_to_image", "seedream5_lite", ratio="4096:2304"), 4),
    (asked("text_to_image", "muse_image", ratio="auto", outputCount=3), 3),
    (asked("text_to_image", "bria_fibo_1_5", ratio="2304:1536"), 10),
    (asked("text_to_image", "ideogram_4_0", quality="medium"), 7),
    (asked("text_to_image", "ideogram_4_5"), 25),
    (asked("text_to_image", "ideogram_4_5", referenceImages=[PICTURE]), 8),
    (asked("text_to_image", "ideogram_4_5", referenceImages=[PICTURE], preciseEdit=True), 25),
    (asked("image_upscale", "magnific_precision_upscaler_v2", imageUri=PICTURE), 150),
]
AUDIO = [
    (asked("text_to_speech", "eleven_v3", promptText="a"), 1),
    (asked("text_to_speech", "eleven_v3", promptText="a" * 51), 2),
    (asked("text_to_speech", "eleven_multilingual_v2", promptText="😀" * 50), 2),
    (asked("text_to_speech", "seed_audio", promptText="a"), 30),
    (asked("sound_effect", "eleven_text_to_sound_v2", promptText="a"), 2),
    (asked("sound_effect", "eleven_text_to_sound_v2", promptText="a", duration=2.5), 3),
    (asked("sound_effect", "mirelo_sfx_2_0", promptText="a", duration=10, numVariants=2), 20),
    (asked("video_to_audio", "mirelo_sfx_2_0", videoUri=CLIP, duration=4.2), 5),
    (asked("voice_isolation", "eleven_voice_isolation", audioUri=CLIP), 600),
    (asked("voice_dubbing", "eleven_voice_dubbing", audioUri=CLIP), 150),
    (asked("speech_to_speech", "eleven_multilingual_sts_v2", media={"type": "audio", "uri": CLIP}), 100),
    (asked("realtime_sessions", "gwm1_avatars", maxDuration=60), 22),
    (asked("realtime_sessions", "gwm1_avatars", maxDuration=1800), 602),
    (asked("realtime_sessions", "gwm1_avatars"), 102),
]
RECIPES = [
    (asked("recipes_product_ad", duration=4, ratio="1280:720"), 200),
    (asked("recipes_product_ad", duration=6, ratio="834:1112"), 272),
    (asked("recipes_product_ad", duration=4, ratio="1248:1664"), 216),
    (asked("recipes_product_swap", duration=4), 212),
    (asked("recipes_product_swap", duration=5, resolution="1080p"), 268),
    (asked("recipes_product_ugc", duration=4), 192),
    (asked("recipes_product_ugc", ratio="1080:1920"), 208 + 11 * 40),
    (asked("recipes_multi_shot_video", mode="auto"), 130),
    (asked("recipes_multi_shot_video", mode="custom", duration=15, ratio="1440:1440"), 255),
    (asked("recipes_ad_localization"), 21),
    (asked("recipes_marketing_stock_image"), 88),
    (asked("recipes_marketing_stock_image", quality="low", outputCount=1), 9),
    (asked("recipes_product_campaign_image"), 144),
]


@pytest.mark.parametrize(("request_", "credits_"), VIDEO + IMAGE + AUDIO + RECIPES, ids=str)
def test_the_estimate_is_the_documented_price(request_: tuple[str, Body], credits_: int) -> None:
    operation, body = request_

    estimate = prices.load().estimate(operation, body)

    assert estimate == credits_ * 1000


@pytest.mark.parametrize(("request_", "credits_"), VIDEO + IMAGE + AUDIO + RECIPES, ids=str)
def test_a_success_never_costs_more_than_its_estimate(request_: tuple[str, Body], credits_: int) -> None:
    operation, body = request_

    final = prices.load().final(operation, body)

    assert 0 < final <= credits_ * 1000
    assert final % 1000 == 0


@pytest.mark.parametrize("model", ["seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5"])
def test_a_duration_left_to_the_model_reserves_the_longest_and_costs_what_was_made(model: str) -> None:
    table = prices.load()
    bodies = [{"model": model, "promptText": f"scene {n}", "duration": "auto"} for n in range(20)]
    seconds_max = 30 if model == "seedance2_5" else 15

    finals = {table.final("text_to_video", body) for body in bodies}

    longest = {"model": model, "promptText": "scene", "duration": seconds_max}
    assert {table.estimate("text_to_video", body) for body in bodies} == {
        table.estimate("text_to_video", longest)
    }
    assert len(finals) > 5


def test_the_length_of_an_input_decides_the_final_cost_the_same_each_time() -> None:
    table = prices.load()

    clips = (CLIP, CLIP, OTHER_CLIP)
    costs = [table.final("video_to_video", {"model": "aleph2", "videoUri": clip}) for clip in clips]

    assert costs[0] == costs[1] != costs[2]
    assert min(costs) >= 56_000


def test_a_draft_made_again_is_reserved_at_the_longest_and_the_largest() -> None:
    body = {"model": "seedance2_5", "draftTaskId": "17f20503-6c24-4c16-946b-35dbbce2af2f"}

    estimate = prices.load().estimate("text_to_video", body)

    assert estimate == 2_040_000


def test_a_published_price_is_told_from_an_assumed_one() -> None:
    table = prices.load()

    assert not table.is_assumed("text_to_video", {"model": "veo3.1"})
    assert table.is_assumed("text_to_video", {"model": "kling_4"})
    assert table.is_assumed("text_to_video", {"model": "seedance2_5", "draft": True})
    assert not table.is_assumed("text_to_video", {"model": "seedance2_5"})


def test_a_model_without_a_price_is_an_error_and_not_free() -> None:
    with pytest.raises(NoRowError):
        prices.load().estimate("text_to_video", {"model": "gen3a_turbo"})


def body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema


def paid_requests() -> Iterator[tuple[str, str | None]]:
    document = json.loads(DOCUMENT.read_text())
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for operation in operations:
        if is_priced(operation):
            discriminator = body_schema(operation).get("discriminator", {})
            models = discriminator.get("mapping", {}) if discriminator.get("propertyName") == "model" else {}
            yield from ((operation["operationId"], model) for model in models or [None])


def is_priced(operation: dict[str, Any]) -> bool:
    """Routed requests and the nodes of workflows cost what the models cost that do it."""
    return operation.get("x-creates") == "task" and not operation["operationId"].startswith("generate_")


@pytest.mark.parametrize(("operation", "model"), list(paid_requests()))
def test_every_task_of_the_document_has_a_price(operation: str, model: str | None) -> None:
    table = prices.load()
    body: Body = {"model": model} if model else {}

    assert table.covers(operation, model)
    assert 0 < table.final(operation, body) <= table.estimate(operation, body)

"""The prices in prices.toml against prices computed by hand from the published rates."""

import pytest

from gateway.catalogue.book import read_prices

BOOK = read_prices()

ENTRIES = ["a", "b", "c"]

IMAGE_TO_VIDEO: list[tuple[str, dict[str, object], int]] = [
    ("gen4.5", {"duration": 5}, 60),
    ("gen4.5", {"duration": 10, "outputFormat": "mp4"}, 120),
    ("gen4.5", {"duration": 5, "outputFormat": "prores"}, 60 + 25),
    ("gen4.5", {"duration": 5, "outputFormat": "png_sequence"}, 60 + 25),
    ("gen4.5", {"duration": 5, "outputFormat": "hdr10"}, 60 + 100),
    ("gen4.5", {"duration": 5, "outputFormat": "hdr_exr_acescg_sequence_2_0"}, 60 + 100),
    ("gen4_turbo", {"duration": 5}, 25),
    ("gen4_turbo", {}, 50),
    ("veo3.1", {"duration": 4}, 160),
    ("veo3.1", {"duration": 4, "audio": False}, 80),
    ("veo3.1", {}, 320),
    ("veo3.1_fast", {"duration": 8}, 120),
    ("veo3.1_fast", {"duration": 8, "audio": False}, 80),
    ("seedance2", {"duration": 5, "ratio": "992:432"}, 180),
    ("seedance2", {"duration": 5, "ratio": "1280:720"}, 180),
    ("seedance2", {"duration": 5, "ratio": "2206:946"}, 200),
    ("seedance2", {"duration": 15, "ratio": "3840:2160"}, 2250),
    ("seedance2", {"duration": "auto", "ratio": "720:1280"}, 540),
    ("seedance2_fast", {"duration": 5}, 145),
    ("seedance2_mini", {"duration": 4}, 64),
    ("seedance2_mini", {"duration": 5}, 80),
    ("seedance2_5", {}, 150),
    ("seedance2_5", {"duration": 4, "ratio": "854:480"}, 80),
    ("seedance2_5", {"duration": 30, "ratio": "1920:1080"}, 2040),
    ("seedance2_5", {"duration": "auto", "ratio": "1280:720"}, 900),
    ("hailuo3", {"duration": 5, "promptImage": ENTRIES}, 75 + 6),
    ("hailuo3", {"duration": 5, "resolution": "768P", "promptImage": ["a"]}, 50 + 2),
    ("h3_max", {"duration": 5, "resolution": "480p"}, 25),
    ("h3_max", {"duration": 5, "resolution": "768p"}, 40),
    ("grok_imagine_1_5", {"duration": 4, "resolution": "720p", "promptImage": "a"}, 65),
    ("grok_imagine_1_5", {"duration": 1, "promptImage": "a"}, 11),
    ("grok_imagine_1_5_lite", {"duration": 5, "ratio": "auto_1080p", "promptImage": "a"}, 71),
    ("wan3", {"duration": 5, "ratio": "832:480"}, 25),
    ("wan3", {"duration": 5, "ratio": "auto_720p"}, 50),
    ("wan3", {"duration": 5}, 100),
    ("wan3_prime", {"duration": 5, "ratio": "624:624"}, 34),
    ("wan3_prime", {"duration": 2, "ratio": "auto_480p"}, 14),
    ("happyhorse_1_0", {"duration": 5, "resolution": "720P"}, 75),
    ("happyhorse_1_0", {"duration": 5, "resolution": "1080p"}, 150),
    ("gemini_omni_flash", {"duration": 5, "promptImage": "a"}, 51),
    ("gemini_omni_flash_1.1", {"duration": 5, "ratio": "1920:1080"}, 75),
    ("gemini_omni_flash_1.1", {"duration": "auto", "ratio": "3840:2160"}, 300),
    ("kling3.0_standard", {"duration": 5}, 65),
    ("kling3.0_standard", {"duration": 5, "audio": False}, 45),
    ("kling3.0_pro", {"duration": 5}, 85),
    ("kling3.0_pro", {"duration": 5, "providerSettings": {"multiPrompt": [{}]}}, 255),
    ("kling2.5_turbo_pro", {}, 75),
]

TEXT_TO_VIDEO: list[tuple[str, dict[str, object], int]] = [
    ("gen4.5", {"duration": 2}, 24),
    ("hailuo3", {"duration": 5}, 75),
    ("hailuo3", {"duration": 5, "references": ENTRIES, "referenceVideos": ["a"]}, 75 + 6 + 15 * 15),
    ("seedance2_5", {"duration": 5, "references": ENTRIES}, 150),
    ("seedance2_5", {"duration": 5, "referenceVideos": ["a"]}, 150 + 30 * 15),
    ("seedance2_5", {"draftTaskId": "a"}, 30 * (68 + 34)),
    ("grok_imagine_1_5", {"duration": 5, "references": ["a", "b"], "referenceAudio": ["c"]}, 53),
    ("grok_imagine_1_5_lite", {"duration": 5, "ratio": "1280:720"}, 15),
    ("happyhorse_1_0", {"duration": 5, "ratio": "1108:832"}, 75),
    ("happyhorse_1_0", {"duration": 5, "ratio": "1662:1248"}, 150),
    ("gemini_omni_flash", {"duration": 10}, 100),
]

VIDEO_TO_VIDEO: list[tuple[str, dict[str, object], int]] = [
    ("aleph2", {}, 840),
    ("aleph2", {"outputFormat": "prores"}, 840 + 150),
    ("aleph2", {"outputFormat": "sdr_rec709_10bit"}, 840 + 1200),
    ("gemini_omni_flash", {"references": ENTRIES}, 113),
    ("hailuo3", {"duration": 5, "references": ["a"]}, 75 + 2 + 225),
    ("seedance2", {"duration": 5, "ratio": "1280:720"}, 180),
    ("seedance2_5", {"duration": 5, "ratio": "1280:720"}, 150 + 450),
    ("seedance2_5", {"duration": "auto", "mode": "edit"}, 2040 + 1020),
]

TEXT_TO_IMAGE: list[tuple[str, dict[str, object], int]] = [
    ("gen4_image", {"ratio": "1280:720"}, 5),
    ("gen4_image", {"ratio": "1680:720"}, 5),
    ("gen4_image", {"ratio": "1920:1080"}, 8),
    ("gen4_image_turbo", {"ratio": "1920:1080"}, 2),
    ("gemini_2.5_flash", {"ratio": "1024:1024"}, 5),
    ("gemini_image3_pro", {"ratio": "1344:768"}, 20),
    ("gemini_image3_pro", {"ratio": "2048:2048", "outputCount": 4}, 80),
    ("gemini_image3_pro", {"ratio": "6336:2688"}, 40),
    ("gemini_image3.1_flash", {"ratio": "512:512"}, 7),
    ("gemini_image3.1_flash", {"ratio": "512:2048"}, 7),
    ("gemini_image3.1_flash", {"ratio": "704:5632"}, 11),
    ("gpt_image_2", {"ratio": "auto"}, 41),
    ("gpt_image_2", {"ratio": "auto", "outputCount": 10}, 410),
    ("gpt_image_2", {"ratio": "1920:1088"}, 20),
    ("gpt_image_2", {"ratio": "2560:2560", "quality": "medium"}, 5),
    ("gpt_image_2", {"ratio": "3840:1648", "quality": "medium"}, 11),
    ("gpt_image_2", {"ratio": "2880:2880", "quality": "low"}, 2),
    ("gpt_image_2", {"ratio": "2560:1440", "quality": "auto"}, 20),
    ("gpt_image_2_5_flare", {"quality": "low", "outputCount": 2, "referenceImages": ENTRIES}, 32 + 6),
    ("grok_imagine_image_2", {"ratio": "1024:1024"}, 6),
    ("grok_imagine_image_2", {"ratio": "1024:1024", "quality": "low"}, 6),
    ("grok_imagine_image_2", {"ratio": "auto_2k", "quality": "low", "outputCount": 2}, 12),
    ("grok_imagine_image_2", {"ratio": "2048:2048", "outputCount": 2, "referenceImages": ENTRIES}, 19),
    ("seedream5_pro", {"ratio": "1296:864"}, 5),
    ("seedream5_pro", {"ratio": "auto_2k", "outputCount": 4}, 36),
    ("seedream5_lite", {"ratio": "4096:4096", "outputCount": 2}, 8),
    ("muse_image", {"outputCount": 3}, 3),
    ("bria_fibo_1_5", {"ratio": "768:1152"}, 5),
    ("bria_fibo_1_5", {"ratio": "1152:2048"}, 10),
    ("ideogram_4_0", {"quality": "low"}, 4),
    ("ideogram_4_0", {"quality": "medium", "outputCount": 2}, 14),
    ("ideogram_4_0", {}, 11),
    ("ideogram_4_5", {"quality": "very_low"}, 1),
    ("ideogram_4_5", {}, 25),
]

OTHERS: list[tuple[str, str | None, dict[str, object], int]] = [
    ("character_performance", "act_two", {}, 150),
    ("video_to_hdr", "ruby", {}, 1200),
    ("video_upscale", "magnific_video_upscaler_creative", {"resolution": "1k"}, 1260),
    ("video_upscale", "magnific_video_upscaler_creative", {}, 1620),
    ("video_upscale", "magnific_video_upscaler_creative", {"resolution": "4k", "fpsBoost": True}, 4320),
    ("image_upscale", "magnific_precision_upscaler_v2", {}, 150),
    ("text_to_speech", "eleven_multilingual_v2", {"promptText": "a" * 101}, 3),
    ("text_to_speech", "eleven_v3", {"promptText": "a"}, 1),
    ("text_to_speech", "seed_audio", {"promptText": "a"}, 75),
    ("sound_effect", "eleven_text_to_sound_v2", {}, 2),
    ("sound_effect", "eleven_text_to_sound_v2", {"duration": 12.5}, 13),
    ("voice_isolation", "eleven_voice_isolation", {}, 600),
    ("voice_dubbing", "eleven_voice_dubbing", {}, 1800),
    ("speech_to_speech", "eleven_multilingual_sts_v2", {}, 1200),
    ("recipes_product_ad", None, {"duration": 4, "ratio": "1280:720"}, 200),
    ("recipes_product_ad", None, {"duration": 6, "ratio": "1920:1080"}, 216 + 80),
    ("recipes_product_swap", None, {"duration": 4}, 212),
    ("recipes_product_swap", None, {"duration": 15, "resolution": "1080p"}, 228 + 440),
    ("recipes_product_ugc", None, {"duration": 4, "ratio": "720:1280"}, 192),
    ("recipes_product_ugc", None, {"ratio": "1080:1920"}, 208 + 440),
    ("recipes_multi_shot_video", None, {"mode": "auto"}, 130),
    ("recipes_multi_shot_video", None, {"mode": "custom", "duration": 5, "ratio": "1440:1440"}, 85),
    ("recipes_ad_localization", None, {}, 21),
    ("recipes_marketing_stock_image", None, {}, 88),
    ("recipes_marketing_stock_image", None, {"quality": "low", "outputCount": 1}, 9),
    ("recipes_product_campaign_image", None, {}, 144),
    ("generate_video", None, {"input": {"duration": 5, "resolution": "720p"}}, 200),
    ("generate_image", None, {"input": {"outputCount": 2}}, 82),
    ("generate_audio", None, {"input": {"promptText": "a" * 5000}}, 200),
]


@pytest.mark.parametrize(
    ("operation", "model", "body", "credits"),
    [
        *(("image_to_video", *row) for row in IMAGE_TO_VIDEO),
        *(("text_to_video", *row) for row in TEXT_TO_VIDEO),
        *(("video_to_video", *row) for row in VIDEO_TO_VIDEO),
        *(("text_to_image", *row) for row in TEXT_TO_IMAGE),
        *OTHERS,
    ],
)
def test_a_price_is_what_the_published_rates_add_up_to(
    operation: str, model: str | None, body: dict[str, object], credits: int
) -> None:
    assert BOOK.price(operation, model, body=body).credits == credits * 1000

"""The price book against prices computed by hand, and against everything that Runway offers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.catalogue.book import PriceBook, read_prices
from gateway.catalogue.document import Document, Variant, read_document
from gateway.ports.catalogue import Access
from gateway.rules.pricing import (
    Characters,
    Charge,
    Choice,
    Items,
    Number,
    PriceSheet,
    Unmeasured,
    _chosen,
    _size,
)

BOOK = read_prices()
DOCUMENT = read_document()
Offer = tuple[str, str | None]

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


def test_every_operation_and_model_has_a_price() -> None:
    assert set(offers(DOCUMENT)) - BOOK.sheets.keys() == set()


def test_no_price_is_for_something_that_runway_does_not_offer() -> None:
    assert BOOK.sheets.keys() - set(offers(DOCUMENT)) == set()


def test_every_field_that_a_price_reads_exists_in_a_model_it_is_for() -> None:
    fields: dict[str, set[str]] = {}
    for offer, sheet in BOOK.sheets.items():
        for field in fields_of(sheet):
            fields.setdefault(f"{id(sheet)} {field}", set()).update(known_fields(offer))

    assert [name for name, known in fields.items() if name.split()[1] not in known] == []


def test_every_default_of_a_price_is_the_documented_one() -> None:
    differing = [
        (offer, choice.by)
        for offer, sheet in BOOK.sheets.items()
        for choice in choices_of(sheet)
        for variant in variants(offer)
        if choice.by in variant.defaults and not agrees(sheet, variant, choice.by)
    ]

    assert differing == []


def test_every_accepted_size_has_its_own_rate() -> None:
    without = {
        (model, value)
        for (_, model), variant, choice in sized_choices()
        for value in DOCUMENT.schemas[variant.schema]["properties"]["ratio"].get("enum", ())
        if _chosen(choice, value) == choice.otherwise
    }

    assert {value for model, value in without if model == "gpt_image_2"} == {"auto"}
    assert {model for model, _ in without} == {"gpt_image_2", "gen4_image"}


@pytest.mark.parametrize("model", ["seedance2", "seedance2_5", "wan3", "happyhorse_1_0", "kling_4"])
def test_ratios_that_come_in_sets_have_as_many_in_each_size(model: str) -> None:
    choice, ratios = next(
        (choice, DOCUMENT.schemas[variant.schema]["properties"]["ratio"]["enum"])
        for offer, variant, choice in sized_choices()
        if offer == ("text_to_video", model)
    )

    counts = Counter(_size(ratio, choice.rates) for ratio in ratios if ":" in ratio)

    assert len(set(counts.values())) == 1
    assert counts.keys() == choice.rates.keys()


def test_assumed_prices_say_so() -> None:
    assert BOOK.price("video_upscale", "enhance_frame_rate", body={}).assumed
    assert not BOOK.price("image_to_video", "gen4_turbo", body={}).assumed


def test_two_prices_for_the_same_are_refused(tmp_path: Path) -> None:
    entry = '[[prices]]\noperations = ["a"]\nmodels = ["b"]\ncharges = [{ rate = 1 }]\n'
    file = tmp_path / "prices.toml"
    file.write_text(entry * 2)

    with pytest.raises(ValueError, match="two prices"):
        read_prices(file)


def test_a_misspelt_word_in_the_book_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[prices]]\noperations = ["a"]\ncharges = [{ rates = 1 }]\n')

    with pytest.raises(msgspec.ValidationError, match="rate"):
        read_prices(file)


def test_a_book_answers_only_for_what_it_holds() -> None:
    with pytest.raises(KeyError):
        PriceBook({}).price("image_to_video", "gen4_turbo", body={})


def offers(document: Document) -> Iterator[Offer]:
    for operation in document.operations:
        if operation.access is Access.CREATE:
            yield from ((operation.name, model) for model in document.bodies[operation.name].models or {None})


def variants(offer: Offer) -> list[Variant]:
    operation, model = offer
    shape = DOCUMENT.bodies[operation]
    return [shape.variants[model]] if model in shape.variants else list(shape.variants.values())


def known_fields(offer: Offer) -> set[str]:
    schemas = [DOCUMENT.schemas[variant.schema]["properties"] for variant in variants(offer)]
    nested = {
        f"{field}.{inner}"
        for properties in schemas
        for field, rule in properties.items()
        for inner in rule.get("properties", ())
    }
    return nested.union(*schemas)


def sized_choices() -> Iterator[tuple[Offer, Variant, Choice]]:
    for offer, sheet in BOOK.sheets.items():
        for choice in choices_of(sheet):
            if choice.by == "ratio":
                yield from ((offer, variant, choice) for variant in variants(offer))


def charges_fields(charge: Charge) -> Iterator[str | None]:
    yield charge.given
    yield charge.missing
    for amount in charge.times:
        match amount:
            case Number():
                yield amount.field
                yield amount.unless
            case Items(field) | Characters(field):
                yield field
            case Unmeasured():
                pass


def fields_of(sheet: PriceSheet) -> set[str]:
    read = {field for charge in sheet.charges for field in charges_fields(charge) if field is not None}
    return read | {choice.by for choice in choices_of(sheet)}


def choices_of(sheet: PriceSheet) -> Iterator[Choice]:
    rates = [charge.rate for charge in sheet.charges]
    while rates:
        rate = rates.pop()
        if isinstance(rate, Choice):
            yield rate
            rates.extend(rate.rates.values())


def agrees(sheet: PriceSheet, variant: Variant, field: str) -> bool:
    """Whether the price without the field is the price with its documented default."""
    book = PriceBook({("a", None): sheet})
    without = book.price("a", None, body={})
    return without == book.price("a", None, body={field: variant.defaults[field]})

"""What the document accepts and refuses: by hand from what is known of Runway, not from the overlay."""

from typing import Any

import pytest

from tests.openapi import bodies as b
from tests.openapi.runway import IMAGE, SOUND, VIDEO, Json, operations, problems, resolved, variants
from tests.openapi.smallest import smallest_body

EMOJI = "\N{CLAPPER BOARD}"  # two UTF-16 units
DATA_URI_MAX = 5 * 1024 * 1024
PNG = "data:image/png;base64,"

Change = dict[str, Any]

REFUSED: list[tuple[str, Json, Change, list[str]]] = [
    # Every model: what it needs, how long, how many
    ("image_to_video", b.GEN4_TURBO, {"model": "gen4_turbo_max"}, ["model"]),
    ("image_to_video", {"promptImage": IMAGE}, {}, ["model"]),
    ("image_to_video", {"model": "gen4_turbo"}, {}, ["promptImage", "ratio"]),
    ("image_to_video", b.GEN4_TURBO, {"duration": 1}, ["duration"]),
    ("image_to_video", b.GEN4_TURBO, {"duration": 11}, ["duration"]),
    ("image_to_video", b.GEN4_TURBO, {"duration": 5.5}, ["duration"]),
    ("image_to_video", b.GEN4_TURBO, {"duration": "5"}, ["duration"]),
    ("image_to_video", b.GEN4_TURBO, {"ratio": "1280:721"}, ["ratio"]),
    ("image_to_video", b.GEN4_TURBO, {"seed": -1}, ["seed"]),
    ("image_to_video", b.GEN4_TURBO, {"seed": 4294967296}, ["seed"]),
    ("image_to_video", b.GEN4_TURBO, {"promptText": ""}, ["promptText"]),
    ("image_to_video", b.GEN4_TURBO, {"promptText": "a" * 1001}, ["promptText"]),
    ("image_to_video", b.GEN4_TURBO, {"promptText": EMOJI * 500 + "a"}, ["promptText"]),
    ("image_to_video", b.GEN4_TURBO, {"contentModeration": {"publicFigureThreshold": "off"}},
     ["contentModeration.publicFigureThreshold"]),
    # Media
    ("image_to_video", b.GEN4_TURBO, {"promptImage": "http://media.example/image.png"}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": "https://a.b"}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": "https://a.example/" + "a" * 2048}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": "runway://" + "a" * 5000}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": "data:video/mp4;base64,AAAA"}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": PNG + "A" * DATA_URI_MAX}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": "data:image/png,AAAA"}, ["promptImage"]),
    ("video_to_video", b.ALEPH, {"videoUri": "data:video/mp4;base64," + "A" * DATA_URI_MAX}, ["videoUri"]),
    ("video_to_video", b.ALEPH, {"videoUri": PNG + "AAAA"}, ["videoUri"]),
    ("voice_isolation", b.ISOLATION, {"audioUri": "data:video/mp4;base64,AAAA"}, ["audioUri"]),
    ("speech_to_speech", b.STS, {"media": {"type": "audio", "uri": "data:video/mp4;base64,AAAA"}}, ["media"]),
    ("workflows_run", b.RUN, {"nodeOutputs": {"n": {"k": {"type": "video", "uri": PNG + "AAAA"}}}},
     ["nodeOutputs.n.k"]),
    # Keyframes and references
    ("image_to_video", b.GEN4_TURBO, {"promptImage": [b.FIRST, b.FIRST]}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": [b.LAST]}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": []}, ["promptImage"]),
    ("image_to_video", b.GEN4_TURBO, {"promptImage": [{"uri": IMAGE}]}, ["promptImage"]),
    ("image_to_video", b.VEO, {"promptImage": [b.LAST]}, ["promptImage"]),
    ("image_to_video", b.VEO, {"promptImage": [b.FIRST, b.LAST, b.LAST]}, ["promptImage"]),
    ("image_to_video", b.SEEDANCE, {"promptImage": [b.FIRST, {"uri": IMAGE}]}, ["promptImage"]),
    ("image_to_video", b.SEEDANCE, {"promptImage": [b.LAST]}, ["promptImage"]),
    ("image_to_video", b.WAN, {"promptImage": [b.FIRST]}, ["ratio"]),
    ("image_to_video", b.VEO, {"duration": 5}, ["duration"]),
    ("image_to_video", b.SEEDANCE, {"duration": "long"}, ["duration"]),
    ("image_to_video", b.SEEDANCE, {"duration": 3}, ["duration"]),
    ("image_to_video", b.SEEDANCE, {"referenceAudio": [{"type": "audio", "uri": SOUND}] * 4},
     ["referenceAudio"]),
    # Unknown keys
    ("image_to_video", b.SEEDANCE, {"negativePrompt": "rain"}, ["negativePrompt"]),
    ("image_to_video", b.VEO, {"contentModeration": {}}, ["contentModeration"]),
    ("video_to_video", b.ALEPH, {"duration": 5}, ["duration"]),
    ("text_to_speech", {"model": "seed_audio", "promptText": "Hello"}, {"seed": 1}, ["seed"]),
    # Other videos
    ("text_to_video", b.GEN4_5, {"ratio": "960:960"}, ["ratio"]),
    ("text_to_video", b.GEN4_5, {"duration": None}, ["duration"]),
    ("text_to_video", b.SEEDANCE_2_5, {"duration": 31}, ["duration"]),
    ("text_to_video", b.SEEDANCE_2_5, {"draftTaskId": "task-1"}, [""]),
    ("text_to_video", b.GROK, {"referenceAudio": [{"type": "audio", "uri": SOUND}]}, ["references"]),
    ("text_to_video", b.GROK, {"references": [{"uri": IMAGE}] * 8}, ["references"]),
    ("video_to_video", b.ALEPH, {"keyframes": [{"uri": IMAGE, "at": 0.5}] * 6}, ["keyframes"]),
    ("video_to_video", b.ALEPH, {"keyframes": [{"uri": IMAGE, "at": 1.5}]}, ["keyframes[0]"]),
    ("video_to_video", b.ALEPH, {"keyframes": [{"uri": IMAGE}]}, ["keyframes[0]"]),
    ("video_to_video", b.SEEDANCE_EDIT, {"duration": 5}, ["duration"]),
    ("video_to_video", b.SEEDANCE_EDIT, {"duration": "auto", "ratio": "1280:720"}, ["ratio"]),
    ("video_upscale", b.VIDEO_UPSCALE, {"creativity": 101}, ["creativity"]),
    ("video_upscale", {"model": "enhance_frame_rate", "videoUri": VIDEO}, {"targetFramerate": "61"},
     ["targetFramerate"]),
    ("video_to_hdr", b.HDR, {"outputFormat": "mp4"}, ["outputFormat"]),
    ("video_to_audio", b.VIDEO_TO_AUDIO, {"duration": None}, ["duration"]),
    ("character_performance", b.ACT_TWO, {"expressionIntensity": 6}, ["expressionIntensity"]),
    ("character_performance", b.ACT_TWO, {"character": {"type": "sound", "uri": IMAGE}}, ["character"]),
    ("avatar_videos", b.AVATAR, {"speech": {"type": "text"}}, ["speech"]),
    # Images
    ("text_to_image", b.GEN4_IMAGE, {"referenceImages": [{"uri": IMAGE}] * 4}, ["referenceImages"]),
    ("text_to_image", b.GEN4_IMAGE, {"model": "gen4_image_turbo"}, ["referenceImages"]),
    ("text_to_image", b.GEN4_IMAGE, {"referenceImages": [{"uri": IMAGE, "tag": "Hero"}]},
     ["referenceImages[0].tag"]),
    ("text_to_image", b.GEMINI_IMAGE, {"referenceImages": [{"uri": IMAGE, "subject": "human"}] * 6},
     ["referenceImages"]),
    ("text_to_image", b.GEMINI_IMAGE, {"outputCount": 2}, ["outputCount"]),
    ("text_to_image", b.SEEDREAM, {"ratio": "wide"}, ["ratio"]),
    ("image_upscale", b.IMAGE_UPSCALE, {"scaleFactor": 3}, ["scaleFactor"]),
    # Sound
    ("text_to_speech", b.ELEVEN_V3, {"speed": 1.3}, ["speed"]),
    ("text_to_speech", b.ELEVEN_V3, {"voice": {"type": "runway-preset", "presetId": "Nobody"}},
     ["voice.presetId"]),
    ("sound_effect", b.SOUND_EFFECT, {"duration": 0.4}, ["duration"]),
    ("voice_dubbing", b.DUBBING, {"targetLang": "xx", "numSpeakers": 0}, ["numSpeakers", "targetLang"]),
    # Recipes and routers
    ("recipes_ad_localization", b.LOCALIZATION, {"version": "2025-01"}, ["version"]),
    ("recipes_marketing_stock_image", b.STOCK_IMAGE, {"outputCount": 5}, ["outputCount"]),
    ("recipes_multi_shot_video", b.SHOTS, {"mode": "wild"}, ["mode"]),
    ("recipes_multi_shot_video", b.SHOTS, {"shots": [{"prompt": "a cup", "duration": 5}] * 2}, ["shots"]),
    ("recipes_multi_shot_video", b.SHOTS, {"mode": "auto"}, ["prompt"]),
    ("recipes_product_ad", b.PRODUCT_AD, {"productImages": []}, ["productImages"]),
    ("recipes_product_campaign_image", b.CAMPAIGN, {"prompt": "a" * 3501}, ["prompt"]),
    ("recipes_product_swap", b.SWAP, {"duration": 16}, ["duration"]),
    ("recipes_product_ugc", b.UGC, {"ratio": "1280:720"}, ["ratio"]),
    ("generate_video", b.ROUTED, {"configId": "Cheap"}, ["configId"]),
    ("generate_video", b.ROUTED, {"input": {"duration": 31}}, ["input.duration"]),
    ("generate_video", b.ROUTED, {"input": {"referenceImages": [{"role": "first", "uri": IMAGE}] * 2}},
     ["input.referenceImages"]),
    ("generate_video", b.ROUTED, {"dryRun": True}, ["dryRun"]),
    ("generate_image", b.ROUTED, {"input": {"promptText": "a", "outputCount": 11}}, ["input.outputCount"]),
    ("generate_audio", b.ROUTED_AUDIO, {"input": {"promptText": "Hello"}}, ["input.type"]),
    ("routers_create", b.ROUTER, {"slug": "9lives"}, ["slug"]),
    ("routers_update", {"settings": {"optimizeFor": "fun"}}, {}, ["settings.optimizeFor"]),
    # Everything else
    ("uploads_create_ephemeral", b.UPLOAD, {"filename": "a"}, ["filename"]),
    ("uploads_create_ephemeral", b.UPLOAD, {"type": "permanent"}, ["type"]),
    ("organization_retrieve_usage", b.USAGE, {"startDate": "yesterday"}, ["startDate"]),
    ("avatars_create", b.NEW_AVATAR, {"name": "a" * 51}, ["name"]),
    ("avatars_update", {"documentIds": ["document-1"] * 51}, {}, ["documentIds"]),
    ("realtime_sessions_create", b.SESSION, {"maxDuration": 9}, ["maxDuration"]),
    ("documents_create", b.DOCUMENT, {"content": "a" * 200001}, ["content"]),
    ("documents_update", b.DOCUMENT, {"name": ""}, ["name"]),
    ("voices_create", b.VOICE, {"from": {"type": "text", "model": "eleven_ttv_v3", "prompt": "short"}},
     ["from"]),
    ("voices_update", {"name": 1}, {}, ["name"]),
    ("voices_preview", b.PREVIEW, {"prompt": "short"}, ["prompt"]),
]  # fmt: skip


@pytest.mark.parametrize(("operation_id", "body"), b.ACCEPTED)
def test_a_body_as_clients_write_it_is_accepted(operation_id: str, body: Json) -> None:
    assert problems(operation_id, body) == []


@pytest.mark.parametrize(("operation_id", "body", "change", "places"), REFUSED)
def test_a_body_that_runway_refuses_is_refused_where_it_is_wrong(
    operation_id: str, body: Json, change: Change, places: list[str]
) -> None:
    changed = {name: value for name, value in (body | change).items() if value is not None}

    assert problems(operation_id, changed) == places


def test_every_operation_with_a_body_has_cases_of_both_kinds() -> None:
    with_body = {name for name, operation in operations().items() if "requestBody" in operation}

    assert {case[0] for case in b.ACCEPTED} == with_body
    assert {case[0] for case in REFUSED} >= with_body


def test_all_problems_of_a_body_are_found_at_once() -> None:
    body = b.GEN4_TURBO | {"duration": 11, "seed": -1, "ratio": "1:1", "promptText": "a" * 1001}

    assert problems("image_to_video", body) == ["duration", "promptText", "ratio", "seed"]


@pytest.mark.parametrize("change", [
    {"promptText": "a" * 1000},
    {"promptText": EMOJI * 500},
    {"seed": 4294967295},
    {"seed": 0},
    {"duration": 2},
    {"duration": 10},
    {"promptImage": [b.FIRST]},
    {"promptImage": b.UPLOADED},
    {"promptImage": PNG + "A" * (DATA_URI_MAX - len(PNG))},
    {"unknown": "key"},
])  # fmt: skip
def test_what_just_fits_is_accepted(change: Change) -> None:
    assert problems("image_to_video", b.GEN4_TURBO | change) == []


@pytest.mark.parametrize("images", [
    [b.FIRST, b.LAST],
    [b.FIRST],
    [{"uri": IMAGE}, {"uri": IMAGE}],
])  # fmt: skip
def test_where_positions_may_be_left_out_a_list_is_keyframes_or_references(images: list[Json]) -> None:
    assert problems("image_to_video", b.SEEDANCE | {"promptImage": images}) == []


def test_a_draft_is_repeated_by_its_id_alone() -> None:
    assert problems("text_to_video", {"model": "seedance2_5", "draftTaskId": "task-1"}) == []


@pytest.mark.parametrize("operation_id", sorted({case[0] for case in b.ACCEPTED}))
def test_every_variant_can_be_asked_for_with_its_required_fields(operation_id: str) -> None:
    smallest = {
        value: smallest_body(resolved(reference)) for value, reference in variants(operation_id).items()
    }

    refused = {value: problems(operation_id, body) for value, body in smallest.items()}

    assert not {value: places for value, places in refused.items() if places}


@pytest.mark.parametrize("operation_id", sorted({case[0] for case in b.ACCEPTED}))
def test_no_variant_can_be_asked_for_without_a_required_field(operation_id: str) -> None:
    for reference in variants(operation_id).values():
        schema = resolved(reference)
        body = smallest_body(schema)
        for name in schema.get("required", []):
            without = {key: value for key, value in body.items() if key != name}

            assert name in problems(operation_id, without)

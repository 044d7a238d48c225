from typing import Any

import pytest

from tests.mock_server.driver import CLIP, Driver

SPEECH = {"model": "eleven_v3", "promptText": "hello", "voice": {"type": "runway-preset", "presetId": "Maya"}}
UPSCALE = {"model": "magnific_precision_upscaler_v2", "imageUri": "https://example.com/a.png"}
STRICT = {"model": "seedance2_mini", "promptText": "a lighthouse"}
LIGHTHOUSE_EMOJI = "\U0001f5fc"  # two UTF-16 units

# Operation, body, and the one issue that it comes to, as far as it matters.
WRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("image_to_video", CLIP | {"duration": 11}, {"code": "too_big", "maximum": 10, "path": ["duration"]}),
    ("image_to_video", CLIP | {"duration": 1}, {"code": "too_small", "minimum": 2, "path": ["duration"]}),
    ("image_to_video", CLIP | {"duration": "5"}, {"code": "invalid_type", "path": ["duration"]}),
    ("image_to_video", CLIP | {"duration": 2.5}, {"code": "invalid_type", "expected": "int"}),
    (
        "image_to_video",
        CLIP | {"duration": None},
        {"message": "Invalid input: expected number, received null"},
    ),
    ("image_to_video", CLIP | {"seed": 2**32}, {"code": "too_big", "maximum": 2**32 - 1}),
    ("image_to_video", CLIP | {"seed": 10**30}, {"code": "too_big", "path": ["seed"]}),
    ("image_to_video", CLIP | {"ratio": "16:9"}, {"code": "invalid_value", "path": ["ratio"]}),
    ("image_to_video", CLIP | {"promptText": ""}, {"code": "too_small", "origin": "string"}),
    ("image_to_video", CLIP | {"promptText": "x" * 1001}, {"code": "too_big", "maximum": 1000}),
    ("image_to_video", CLIP | {"promptText": LIGHTHOUSE_EMOJI * 501}, {"code": "too_big", "maximum": 1000}),
    ("image_to_video", CLIP | {"promptImage": "http://example.com/a.png"}, {"code": "invalid_union"}),
    ("image_to_video", CLIP | {"promptImage": "data:video/mp4;base64,AAAA"}, {"code": "invalid_union"}),
    ("image_to_video", CLIP | {"promptImage": 5}, {"code": "invalid_union", "path": ["promptImage"]}),
    ("image_to_video", CLIP | {"model": "gen3a_turbo"}, {"code": "invalid_value", "path": ["model"]}),
    ("image_to_video", {}, {"code": "invalid_value", "path": ["model"]}),
    ("text_to_video", STRICT | {"sed": 1}, {"code": "unrecognized_keys", "keys": ["sed"], "path": []}),
    ("text_to_speech", SPEECH | {"stability": 1.5}, {"code": "too_big", "path": ["stability"]}),
    ("text_to_speech", SPEECH | {"voice": {"type": "runway-preset"}}, {"path": ["voice", "presetId"]}),
    ("image_upscale", UPSCALE | {"scaleFactor": 3}, {"code": "invalid_value", "values": [2, 4, 8, 16]}),
    ("recipes/ad_localization", {"version": "2026-06", "targetLanguage": "de"}, {"path": ["referenceImage"]}),
]


@pytest.mark.parametrize(("operation", "body", "expected"), WRONG)
def test_a_wrong_body_is_a_400_that_names_the_place(
    mock: Driver, operation: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    answer = mock.post(f"/v1/{operation}", body)

    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation of body failed"
    assert answer.json()["docUrl"] == "https://docs.dev.runwayml.com/api"
    [issue] = answer.json()["issues"]
    assert issue.items() >= expected.items()


def test_all_problems_come_at_once(mock: Driver) -> None:
    body = {"model": "gen4_turbo", "duration": 60, "ratio": "4:3", "promptText": ""}

    answer = mock.post("/v1/image_to_video", body)

    issues = {(issue["code"], *issue["path"]) for issue in answer.json()["issues"]}
    assert issues == {
        ("too_big", "duration"),
        ("invalid_value", "ratio"),
        ("too_small", "promptText"),
        ("invalid_union", "promptImage"),
    }


def test_an_unknown_model_is_told_the_known_ones(mock: Driver) -> None:
    answer = mock.post("/v1/video_upscale", {"model": "upscale_v1", "videoUri": "https://example.com/a.mp4"})

    [issue] = answer.json()["issues"]
    assert issue["values"] == ["enhance_frame_rate", "magnific_video_upscaler_creative"]


def test_an_issue_never_repeats_what_was_sent(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptImage": "my-secret", "ratio": "my-secret"})

    assert "my-secret" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"duration": 5.0},
        {"seed": 0},
        {"promptText": LIGHTHOUSE_EMOJI * 500},
        {"promptImage": [{"uri": "https://example.com/a.png", "position": "first"}]},
        {"promptImage": "data:image/png;base64,iVBORw0KGgo="},
        {"unknown": "ignored, for this model is not strict"},
    ],
)
def test_what_runway_accepts_is_accepted(mock: Driver, changes: dict[str, Any]) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | changes)

    assert answer.status_code == 200


def test_a_refused_body_creates_and_costs_nothing(mock: Driver) -> None:
    mock.post("/v1/image_to_video", CLIP | {"duration": 60})

    assert mock.audit()["creates"] == 0

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.outputs import Artifact, Kind, plan
from mock_server.outputs.encodings import ENCODINGS

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "runway.json").read_text())
CLIP = "https://example.com/clip.mp4"


def only(operation: str, model: str | None = None, **body: object) -> Artifact:
    (artifact,) = plan(operation, model, body)
    return artifact


REQUESTS: list[tuple[str, str | None, dict[str, object], str]] = [
    ("image_to_video", "gen4_turbo", {"ratio": "832:1104", "duration": 7}, "video 832x1104 7.0 mp4"),
    ("text_to_video", "veo3.1", {"ratio": "1080:1920"}, "video 1080x1920 8.0 mp4"),
    ("text_to_video", "seedance2_5", {}, "video 1280x720 5.0 mp4"),
    ("text_to_video", "seedance2_5", {"draft": True, "ratio": "1920:1080"}, "video 854x480 5.0 mp4"),
    ("text_to_video", "seedance2_5", {"outputFormat": "mov"}, "video 1280x720 5.0 mov"),
    ("text_to_video", "hailuo3", {"resolution": "768P", "duration": 6}, "video 1366x768 6.0 mp4"),
    ("text_to_video", "grok_imagine_1_5", {"ratio": "1:1", "duration": 2}, "video 640x640 2.0 mp4"),
    ("text_to_video", "wan3", {"ratio": "auto_720p"}, "video 1280x720 5.0 mp4"),
    ("recipes_product_ugc", None, {}, "video 720x1280 15.0 mp4"),
    ("text_to_image", "gen4_image", {"ratio": "1808:768"}, "image 1808x768 0.0 png"),
    ("text_to_image", "gpt_image_2", {"ratio": "auto"}, "image 3840x2160 0.0 png"),
    ("text_to_image", "recraft_v4_1_flash", {"ratio": "1536:768"}, "image 1536x768 0.0 webp"),
    ("text_to_image", "recraft_v4_1_vector", {}, "image 1024x1024 0.0 svg"),
    ("sound_effect", "eleven_text_to_sound_v2", {"duration": 2.5}, "audio 0x0 2.5 mp3"),
    ("sound_effect", "mirelo_sfx_2_0", {"duration": 4, "format": "flac"}, "audio 0x0 4.0 flac"),
    ("text_to_speech", "eleven_v3", {"promptText": "a" * 150}, "audio 0x0 10.0 mp3"),
    ("text_to_video", "gen4.5", {"outputFormat": "hdr_prores", "duration": 2}, "video 1280x720 2.0 mov"),
    ("text_to_video", "gen4.5", {"outputFormat": "png_sequence", "duration": 2}, "archive 1280x720 2.0 zip"),
    ("text_to_image", "muse_image", {"ratio": "auto", "outputFormat": "jpeg"}, "image 1600x1600 0.0 jpeg"),
    ("image_upscale", "magnific_precision_upscaler_v2", {"scaleFactor": 2}, "image 2560x1440 0.0 png"),
]


@pytest.mark.parametrize(("operation", "model", "body", "expected"), REQUESTS)
def test_the_output_is_what_the_request_asks_for(
    operation: str, model: str | None, body: dict[str, object], expected: str
) -> None:
    made = only(operation, model, **body)

    assert f"{made.kind} {made.width}x{made.height} {made.duration_seconds} {made.extension}" == expected


def test_several_outputs_are_several_different_files() -> None:
    artifacts = plan("text_to_image", "gpt_image_2", {"ratio": "auto", "outputCount": 10})

    assert len(artifacts) == len({artifact.fingerprint for artifact in artifacts}) == 10


def test_a_campaign_is_four_images() -> None:
    assert len(plan("recipes_product_campaign_image", None, {"prompt": "shoes"})) == 4


def test_equal_requests_plan_equal_files() -> None:
    body = {"promptText": "a cat", "ratio": "1280:720", "duration": 5, "seed": 7}

    assert plan("text_to_video", "gen4.5", body) == plan(
        "text_to_video", "gen4.5", dict(reversed(body.items()))
    )


@pytest.mark.parametrize("change", [{"seed": 8}, {"promptText": "a dog"}, {"duration": 6}])
def test_another_seed_or_input_plans_another_file(change: dict[str, object]) -> None:
    body: dict[str, object] = {"promptText": "a cat", "ratio": "1280:720", "duration": 5, "seed": 7}

    (first,) = plan("text_to_video", "gen4.5", body)
    (second,) = plan("text_to_video", "gen4.5", body | change)

    assert first != second


def test_a_length_left_to_the_model_lies_in_its_range_and_stays() -> None:
    bodies: list[dict[str, object]] = [{"duration": "auto", "promptText": str(n)} for n in range(20)]

    lengths = [only("text_to_video", "seedance2", **body).duration_seconds for body in bodies]

    assert 4 <= min(lengths) < max(lengths) <= 15
    assert lengths[0] == only("text_to_video", "seedance2", **bodies[0]).duration_seconds


def test_a_video_made_from_a_video_has_the_imagined_length_of_its_input() -> None:
    aleph = only("video_to_video", "aleph2", videoUri=CLIP)
    ruby = only("video_to_hdr", "ruby", videoUri=CLIP)

    assert aleph.duration_seconds >= 2
    assert ruby.encoding == "hdr10"


def test_a_size_that_no_encoder_takes_is_brought_within_bounds() -> None:
    artifact = only("video_to_video", "aleph2", videoUri=CLIP, ratio="99999:33333")

    assert artifact.width * artifact.height <= 26_000_000
    assert artifact.width % 2 == artifact.height % 2 == 0


def formats(schema: object) -> Iterator[str]:
    """The values of every `outputFormat` and `format` of a request."""
    if isinstance(schema, dict):
        for name in ("outputFormat", "format"):
            declared = schema.get("properties", {}).get(name, {})
            yield from declared.get("enum", [])
        for part in schema.values():
            yield from formats(part)


def test_every_format_of_the_document_can_be_written() -> None:
    asked = set(formats(DOCUMENT["components"]["schemas"]))

    assert {"mp4", "hdr_exr_sequence", "webp", "ogg_opus"} <= asked
    assert asked <= set(ENCODINGS)


def paid_requests() -> Iterator[tuple[str, str | None]]:
    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {}) if "x-creates" in operation else {}
            discriminator = content.get("application/json", {}).get("schema", {}).get("discriminator", {})
            models = discriminator.get("mapping", {}) if discriminator.get("propertyName") == "model" else {}
            if operation.get("x-creates") == "task" and not operation["operationId"].startswith("generate_"):
                yield from ((operation["operationId"], model) for model in models or [None])


@pytest.mark.parametrize(("operation", "model"), list(paid_requests()))
def test_every_task_of_the_document_yields_something(operation: str, model: str | None) -> None:
    artifacts = plan(operation, model, {})

    assert artifacts
    assert all(artifact.kind is not Kind.IMAGE or artifact.width for artifact in artifacts)

from typing import Any

import pytest

from mock_server.nearest import nearest
from tests.mock_server.driver import CLIP, Driver

WIDE = ["1280:720", "720:1280", "960:960", "auto"]


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        ("1920:1080", WIDE, "1280:720"),
        ("16:9", WIDE, "1280:720"),
        ("1000:1001", WIDE, "960:960"),
        ("1080:1920", ["720:1280", "1072:1904"], "720:1280"),
        ("1920:1080", ["auto"], None),
        (3, [2, 4, 8, 16], 2),
        (100, [2, 4, 8, 16], 16),
        (True, [2, 4], None),
        ("gen4_trubo", ["gen4_turbo", "veo3.1"], "gen4_turbo"),
        ("something else", ["gen4_turbo", "veo3.1"], None),
        (None, ["mp4"], None),
        (["mp4"], ["mp4"], None),
    ],
)
def test_the_nearest_value_is_the_closest_of_the_same_kind(
    value: object, options: list[object], expected: object
) -> None:
    assert nearest(value, options) == expected


@pytest.mark.parametrize(
    ("operation", "body", "hint"),
    [
        (
            "image_to_video",
            CLIP | {"ratio": "1920:1080"},
            "gen4_turbo has no ratio 1920:1080; nearest 1280:720",
        ),
        ("image_to_video", CLIP | {"model": "gen4_trubo"}, "Nearest: gen4_turbo"),
        ("text_to_video", {"model": "seedance2", "prompText": "a", "promptText": "a"}, "Nearest: promptText"),
        (
            "recipes/ad_localization",
            {"version": "2026-60", "targetLanguage": "de", "referenceImage": {"uri": CLIP["promptImage"]}},
            "Nearest: 2026-06",
        ),
    ],
)
def test_an_issue_names_the_nearest_valid_value(
    mock: Driver, operation: str, body: dict[str, Any], hint: str
) -> None:
    [issue] = mock.post(f"/v1/{operation}", body).json()["issues"]

    assert issue["message"].endswith(hint)

"""Frames, references and modes: fields that are right by themselves and wrong together."""

from typing import Any

import pytest

from tests.mock_server.driver import CLIP, Driver

URI = "https://example.com/a.png"
FIRST, LAST, LOOSE = {"uri": URI, "position": "first"}, {"uri": URI, "position": "last"}, {"uri": URI}
VEO = {"model": "veo3.1", "ratio": "1280:720"}
SEEDANCE = {"model": "seedance2"}
EDIT = {"model": "seedance2_5", "promptVideo": URI, "mode": "edit"}

WRONG: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("image_to_video", VEO | {"promptImage": [LAST]}, "frame in position `first`", ["promptImage"]),
    ("image_to_video", VEO | {"promptImage": [FIRST, FIRST]}, "At most 1 entry", ["promptImage"]),
    ("image_to_video", VEO | {"promptImage": [FIRST, LAST, LAST]}, "At most 1 entry", ["promptImage"]),
    ("image_to_video", SEEDANCE | {"promptImage": [FIRST, LOOSE]}, "cannot be mixed", ["promptImage"]),
    ("image_to_video", SEEDANCE | {"promptImage": [LAST]}, "frame in position `first`", ["promptImage"]),
    ("image_to_video", CLIP | {"promptImage": [LAST]}, 'expected "first"', ["promptImage", "0", "position"]),
    (
        "text_to_video",
        {"model": "seedance2_5", "draftTaskId": "x", "promptText": "a"},
        "No other field may be given with `draftTaskId`",
        [],
    ),
    (
        "video_to_video",
        EDIT | {"promptText": "a", "duration": "auto", "ratio": "1280:720"},
        "`ratio` cannot be combined",
        ["ratio"],
    ),
    ("video_to_video", EDIT | {"duration": "auto"}, "expected string, received undefined", ["promptText"]),
    ("video_to_video", EDIT | {"promptText": "a", "duration": 5}, 'expected "auto"', ["duration"]),
    (
        "video_to_video",
        EDIT | {"mode": "extend", "promptText": "a", "ratio": "1280:720"},
        "`ratio` cannot be combined",
        ["ratio"],
    ),
]


@pytest.mark.parametrize(("operation", "body", "message", "path"), WRONG)
def test_a_wrong_combination_is_told_in_words(
    mock: Driver, operation: str, body: dict[str, Any], message: str, path: list[str]
) -> None:
    answer = mock.post(f"/v1/{operation}", body)

    told = {(issue["message"], *map(str, issue["path"])) for issue in answer.json()["issues"]}
    assert any(message in text and steps == path for text, *steps in told), told


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("image_to_video", VEO | {"promptImage": [FIRST, LAST]}),
        ("image_to_video", VEO | {"promptImage": [LAST, FIRST]}),
        ("image_to_video", SEEDANCE | {"promptImage": [LOOSE, LOOSE]}),
        ("image_to_video", SEEDANCE | {"promptImage": [FIRST, LAST]}),
        ("video_to_video", EDIT | {"promptText": "a", "duration": "auto"}),
    ],
)
def test_a_right_combination_is_accepted(mock: Driver, operation: str, body: dict[str, Any]) -> None:
    assert mock.post(f"/v1/{operation}", body).status_code == 200

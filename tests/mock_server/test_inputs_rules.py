from typing import Any

import pytest

from tests.mock_server.driver import Driver

URI = "https://example.com/a.png"
DRAFT = {"model": "seedance2_5", "promptText": "a lighthouse", "draft": True}
KLING = {"model": "kling3.0_pro", "ratio": "1920:1080"}


def shots(*seconds: float) -> dict[str, Any]:
    return {"providerSettings": {"multiPrompt": [{"prompt": "a", "duration": each} for each in seconds]}}


WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("text_to_video", KLING | shots(1, 1), ["providerSettings", "multiPrompt"]),
    ("text_to_video", KLING | shots(8, 8), ["providerSettings", "multiPrompt"]),
    ("text_to_image", {"model": "seedream5_lite", "promptText": "a", "ratio": "1000:1000"}, ["ratio"]),
    ("text_to_image", {"model": "seedream5_lite", "promptText": "a", "ratio": "9" * 4000 + ":1"}, ["ratio"]),
    (
        "video_to_video",
        {
            "model": "aleph2",
            "videoUri": "https://example.com/a.mp4",
            "keyframes": [
                {"uri": URI, "seconds": 1, "range": {"start_seconds": 0, "end_seconds": 2}},
                {"uri": URI, "seconds": 3},
            ],
        },
        ["keyframes"],
    ),
]


@pytest.mark.parametrize(("operation", "body", "path"), WRONG)
def test_what_no_schema_can_express_is_a_400_too(
    mock: Driver, operation: str, body: dict[str, Any], path: list[str]
) -> None:
    answer = mock.post(f"/v1/{operation}", body)

    [issue] = answer.json()["issues"]
    assert (answer.status_code, issue["path"]) == (400, path)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("text_to_video", KLING | shots(5, 10)),
        ("text_to_video", {"model": "kling2.5_turbo_pro", "promptText": "a", "providerSettings": "ignored"}),
        ("text_to_image", {"model": "gen4_image", "promptText": "a", "ratio": "720:720", "draftTaskId": {}}),
        ("text_to_image", {"model": "seedream5_lite", "promptText": "a", "ratio": "2000:2000"}),
        ("text_to_image", {"model": "seedream5_lite", "promptText": "a", "ratio": "4704:2016"}),
    ],
)
def test_what_keeps_to_those_rules_is_accepted(mock: Driver, operation: str, body: dict[str, Any]) -> None:
    assert mock.post(f"/v1/{operation}", body).status_code == 200


def test_a_draft_that_succeeded_can_be_made_again_at_full_size(mock: Driver) -> None:
    draft = _created(mock, DRAFT)
    mock.advance(100)

    answer = _remake(mock, draft)

    assert answer == 200


@pytest.mark.parametrize("body", [DRAFT | {"draft": False}, DRAFT | {"promptText": "[[fail:INTERNAL]]"}])
def test_what_is_no_draft_or_failed_cannot_be_made_again(mock: Driver, body: dict[str, Any]) -> None:
    task = _created(mock, body)
    mock.advance(100)

    assert _remake(mock, task) == 400


def test_a_draft_can_be_made_again_when_it_is_ready_and_for_seven_days(mock: Driver) -> None:
    draft = _created(mock, DRAFT)

    statuses = [_remake(mock, draft)]
    for seconds in (100, 7 * 86_400 - 101, 1):
        mock.advance(seconds)
        statuses.append(_remake(mock, draft))

    assert statuses == [400, 200, 200, 400]


def test_the_draft_of_another_tenant_is_unknown(mock: Driver) -> None:
    draft = _created(mock, DRAFT)
    mock.advance(100)

    assert _remake(mock, draft, key="key_b") == 400


def _created(mock: Driver, body: dict[str, Any]) -> str:
    return str(mock.post("/v1/text_to_video", body).json()["id"])


def _remake(mock: Driver, draft: str, **options: str) -> int:
    body = {"model": "seedance2_5", "draftTaskId": draft}
    return mock.post("/v1/text_to_video", body, **options).status_code

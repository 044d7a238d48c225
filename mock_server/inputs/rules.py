"""Rules that no schema can express: sums, products, and drafts that must exist."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mock_server import issues
from mock_server.clock import DAY, Moment
from mock_server.issues import Issue
from mock_server.lifecycle import Status, Task

DRAFT_LIFE = 7 * DAY
SHOTS_SECONDS_MIN, SHOTS_SECONDS_MAX = 3, 15
FREE_PIXELS_MIN, FREE_PIXELS_MAX = 3_686_400, 16_777_216
"""Of the sizes that `seedream5_lite` takes besides those it lists."""

Body = Mapping[str, Any]
FindTask = Callable[[str], Task | None]


def body_problems(operation: str, body: Body, *, find_task: FindTask, now: Moment) -> Iterator[Issue]:
    """Of a body that its schema accepts, without the fields that the schema does not name."""
    yield from _draft_problems(body, find_task, now=now)
    match operation, body.get("model"):
        case _, str(model) if model.startswith("kling"):
            yield from _shot_problems(body)
        case "text_to_image", "seedream5_lite":
            yield from _pixel_problems(body)
        case "video_to_video", "aleph2":
            yield from _range_problems(body)
        case _:
            return


def _draft_problems(body: Body, find_task: FindTask, *, now: Moment) -> Iterator[Issue]:
    if "draftTaskId" not in body:
        return
    draft = find_task(body["draftTaskId"])
    if (
        draft is None
        or not draft.origin.is_draft
        or draft.status is not Status.SUCCEEDED
        or now >= draft.created + DRAFT_LIFE
    ):
        message = "This is no draft that has succeeded within the last 7 days."
        yield issues.custom(message, ["draftTaskId"])


def _shot_problems(body: Body) -> Iterator[Issue]:
    shots = (body.get("providerSettings") or {}).get("multiPrompt")
    if not shots:
        return
    seconds = sum(shot["duration"] for shot in shots)
    path: issues.Path = ["providerSettings", "multiPrompt"]
    if seconds < SHOTS_SECONDS_MIN:
        yield issues.custom(f"All shots together last at least {SHOTS_SECONDS_MIN} seconds.", path)
    if seconds > SHOTS_SECONDS_MAX:
        yield issues.custom(f"All shots together last at most {SHOTS_SECONDS_MAX} seconds.", path)


def _pixel_problems(body: Body) -> Iterator[Issue]:
    """All sizes that the model lists have so many pixels."""
    width, height = body["ratio"].split(":")
    digits = len(width) + len(height)
    if digits > 10 or not FREE_PIXELS_MIN <= int(width) * int(height) <= FREE_PIXELS_MAX:  # noqa: PLR2004 (16 777 216:1)
        message = f"The output must have {FREE_PIXELS_MIN} to {FREE_PIXELS_MAX} pixels."
        yield issues.custom(message, ["ratio"])


def _range_problems(body: Body) -> Iterator[Issue]:
    keyframes = body.get("keyframes") or []
    if len({"range" in keyframe for keyframe in keyframes}) > 1:
        yield issues.custom("Either every keyframe has a `range`, or none has.", ["keyframes"])

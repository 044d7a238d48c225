"""The request that most tests make: five seconds of video from an image."""

from itertools import count
from typing import Any

from runwayml import AsyncRunwayML, BaseModel, RunwayML

CREDITS = 25.0
"""What one clip costs: 5 s at 5 credits."""
IMAGE = "https://example.com/first.png"

_numbers = count(1)


def clip(text: str | None = None, **changes: object) -> dict[str, Any]:
    """Arguments of `image_to_video.create`; without a text, with one that no other test has."""
    return {
        "model": "gen4_turbo",
        "prompt_image": IMAGE,
        "prompt_text": text or new_text(),
        "ratio": "1280:720",
        "duration": 5,
        **changes,
    }


def new_text(words: str = "a lighthouse at dusk") -> str:
    return f"{words}, take {next(_numbers):05}."


def create(sdk: RunwayML, text: str | None = None, **changes: object) -> str:
    """Create a clip and tell its task's id."""
    return sdk.image_to_video.create(**clip(text, **changes)).id


async def create_async(sdk: AsyncRunwayML, arguments: dict[str, Any]) -> str:
    return (await sdk.image_to_video.create(**arguments)).id


def estimate_of(created: BaseModel) -> float:
    """The estimate in the answer to a create, which the SDK's own types leave out."""
    answer: Any = created.to_dict()
    return float(answer["estimatedCost"]["credits"])

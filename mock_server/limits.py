"""What a tier allows for each model: so many running at once, so many created in 24 hours.

Source: the tiers page of Runway's documentation. Its five columns are icons; their order is inferred: video,
image, audio, characters, and the table of Ruby, Enhance Frame Rate and the Magnific upscalers.
"""

from collections import deque
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from mock_server.clock import DAY, Moment


class Modality(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    CHARACTERS = "characters"
    ENHANCEMENT = "enhancement"


class Allowance(msgspec.Struct, frozen=True):
    """For one model; None is no limit."""

    concurrent: int | None
    daily: int | None


class Tier(msgspec.Struct, frozen=True):
    """`monthly_credits` limits what may be bought in 30 days, in whole credits; not what may be spent."""

    allowances: dict[Modality, Allowance]
    monthly_credits: int


def _tier(concurrent: tuple[int, ...], daily: tuple[int, ...], *, monthly_credits: int) -> Tier:
    pairs = zip(Modality, concurrent, daily, strict=True)
    return Tier({modality: Allowance(most, per_day) for modality, most, per_day in pairs}, monthly_credits)


TIERS = {
    "1": _tier((1, 2, 2, 1, 1), (50, 200, 200, 50, 50), monthly_credits=10_000),
    "2": _tier((3,) * 5, (500, 1_000, 1_000, 500, 1_000), monthly_credits=50_000),
    "3": _tier((5,) * 5, (1_000, 2_000, 2_000, 1_000, 2_000), monthly_credits=200_000),
    "4": _tier((10,) * 5, (5_000, 10_000, 10_000, 5_000, 10_000), monthly_credits=2_000_000),
    "5": _tier((20,) * 5, (25_000, 30_000, 30_000, 25_000, 30_000), monthly_credits=10_000_000),
    "unlimited": Tier(dict.fromkeys(Modality, Allowance(None, None)), 1_000_000_000),
}

ENHANCING_MODELS = frozenset(
    {"ruby", "enhance_frame_rate", "magnific_video_upscaler_creative", "magnific_precision_upscaler_v2"}
)
IMAGE_OPERATIONS = frozenset(
    {
        "text_to_image",
        "image_upscale",
        "generate_image",
        "recipes_ad_localization",
        "recipes_marketing_stock_image",
        "recipes_product_campaign_image",
    }
)
AUDIO_OPERATIONS = frozenset(
    {
        "text_to_speech",
        "sound_effect",
        "speech_to_speech",
        "voice_dubbing",
        "voice_isolation",
        "video_to_audio",
        "generate_audio",
    }
)


def modality_of(operation: str, model: str) -> Modality:
    """The column of the tier table; every operation that is nothing else makes video."""
    if model in ENHANCING_MODELS:
        return Modality.ENHANCEMENT
    if operation == "avatar_videos":
        return Modality.CHARACTERS
    if operation in IMAGE_OPERATIONS:
        return Modality.IMAGE
    return Modality.AUDIO if operation in AUDIO_OPERATIONS else Modality.VIDEO


Waiting = TypeVar("Waiting")


class Slots(Generic[Waiting]):
    """The places of one model, and the tasks that wait for one: first in, first out."""

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[Waiting] = deque()

    def join(self, task: Waiting) -> None:
        self.waiting.append(task)

    def leave(self, task: Waiting) -> None:
        self.waiting.remove(task)

    def release(self) -> None:
        assert self.running > 0, "a slot is released once"
        self.running -= 1

    def grant_next(self, limit: int | None) -> Waiting | None:
        """Takes a place for the first in line, if there is one for it."""
        if not self.waiting or (limit is not None and self.running >= limit):
            return None
        self.running += 1
        return self.waiting.popleft()


class RollingDay:
    """The creates of one model in the last 24 hours."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque()

    def add(self, at: Moment) -> None:
        self._moments.append(at)

    def count(self, now: Moment) -> int:
        while self._moments and self._moments[0] <= now - DAY:
            self._moments.popleft()
        return len(self._moments)

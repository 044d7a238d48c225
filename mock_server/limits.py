"""What a tier allows for each model: so many running at once, so many created in 24 hours.

Source: the tiers page of Runway's documentation. Its five columns are icons; their order is inferred: video,
image, audio, characters, and the table of Ruby, Enhance Frame Rate and the Magnific upscalers.
"""

from collections import deque
from contextlib import suppress
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from mock_server.clock import MILLISECONDS, Moment


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
    """`monthly_credits` limits what may be bought in 30 days, in whole credits; not what may be spent.

    Runway limits the rate of uploads without telling it: `uploads_per_minute` is assumed. None is no limit.
    """

    allowances: dict[Modality, Allowance]
    monthly_credits: int
    uploads_per_minute: int | None


def _tier(concurrent: tuple[int, ...], daily: tuple[int, ...], *, monthly: int, uploads: int) -> Tier:
    pairs = zip(Modality, concurrent, daily, strict=True)
    allowances = {modality: Allowance(most, per_day) for modality, most, per_day in pairs}
    return Tier(allowances, monthly_credits=monthly, uploads_per_minute=uploads)


TIERS = {
    "1": _tier((1, 2, 2, 1, 1), (50, 200, 200, 50, 50), monthly=10_000, uploads=30),
    "2": _tier((3,) * 5, (500, 1_000, 1_000, 500, 1_000), monthly=50_000, uploads=60),
    "3": _tier((5,) * 5, (1_000, 2_000, 2_000, 1_000, 2_000), monthly=200_000, uploads=120),
    "4": _tier((10,) * 5, (5_000, 10_000, 10_000, 5_000, 10_000), monthly=2_000_000, uploads=300),
    "5": _tier((20,) * 5, (25_000, 30_000, 30_000, 25_000, 30_000), monthly=10_000_000, uploads=600),
    "unlimited": Tier(dict.fromkeys(Modality, Allowance(None, None)), 1_000_000_000, None),
}

ENHANCING_MODELS = frozenset(
    {"ruby", "enhance_frame_rate", "magnific_video_upscaler_creative", "magnific_precision_upscaler_v2"}
)
IMAGE_OPERATIONS = frozenset(
    {
        "text_to_image",
        "image_upscale",
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
        """Nothing for one that is held back, and so not in line."""
        with suppress(ValueError):
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


class RollingCount:
    """How much happened within the last so many milliseconds."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._moments: deque[Moment] = deque()

    def add(self, at: Moment, *, times: int = 1) -> None:
        self._moments.extend([at] * times)

    def count(self, now: Moment) -> int:
        while self._moments and self._moments[0] <= now - self._window:
            self._moments.popleft()
        return len(self._moments)

    def seconds_until_fewer(self, now: Moment) -> int:
        """Rounded up; 0 when there is nothing to wait for."""
        return -(-(self._moments[0] + self._window - now) // MILLISECONDS) if self.count(now) else 0

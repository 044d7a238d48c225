"""Finds the size of a model's output that has a shape and a resolution."""

from collections.abc import Sequence
from math import log
from typing import NamedTuple

ASPECT_TOLERANCE = 0.06  # sides are rounded to what the codecs like
SMALLEST_SIDE = 100  # "21:9" is a shape, "416:624" a size
TIER_NAMES = {"768p": "720p"}

VIDEO_TIERS = {"480p": 410_000, "720p": 922_000, "1080p": 2_074_000, "2k": 3_686_000, "4k": 8_294_000}
IMAGE_TIERS = {"1k": 1_049_000, "2k": 4_194_000, "4k": 12_000_000}
"""Pixels that are typical for each resolution."""


class Wish(NamedTuple):
    """What was asked for. Where nothing was, the nearest to the router's default will do."""

    aspect: str
    tier: str
    is_aspect_fixed: bool
    is_tier_fixed: bool


def best(options: Sequence[str], wish: Wish, tiers: dict[str, int]) -> str | None:
    """The option that comes nearest to the wish; None when none is what was asked for."""
    fitting = [option for option in options if _fits(option, wish, tiers)]
    return min(fitting, key=lambda option: _order(option, wish, tiers), default=None)


def tier_of(option: str, tiers: dict[str, int]) -> str | None:
    """The resolution of an option such as `1280:720`, `720p` or `auto_720p`; None when it has none."""
    name = option.lower().removeprefix("auto_")
    name = TIER_NAMES.get(name, name)
    if name in tiers:
        return name
    sides = _sides(option)
    if sides is None or min(sides) < SMALLEST_SIDE:
        return None
    pixels = sides[0] * sides[1]
    return min(tiers, key=lambda tier: abs(log(pixels / tiers[tier])))


def _fits(option: str, wish: Wish, tiers: dict[str, int]) -> bool:
    aspect_distance, tier_distance = _distance(option, wish, tiers)
    return not (
        (wish.is_aspect_fixed and aspect_distance > ASPECT_TOLERANCE)
        or (wish.is_tier_fixed and tier_distance > 0)
    )


def _distance(option: str, wish: Wish, tiers: dict[str, int]) -> tuple[float, float]:
    """From the wish in shape and in resolution; an option that leaves one open is a little off in it."""
    sides, asked = _sides(option), _sides(wish.aspect)
    assert asked is not None, "a wish has a shape"
    aspect = ASPECT_TOLERANCE if sides is None else abs(log(sides[0] / sides[1]) - log(asked[0] / asked[1]))
    tier = tier_of(option, tiers)
    off = 0.0 if tier is None else abs(log(tiers[tier] / tiers[wish.tier]))
    return (0.0 if aspect < ASPECT_TOLERANCE else aspect, off)


def _order(option: str, wish: Wish, tiers: dict[str, int]) -> tuple[float, float, float]:
    """Among sizes of one resolution, the one with the most usual number of pixels goes first."""
    sides = _sides(option)
    pixels = 0.0 if sides is None else abs(log(sides[0] * sides[1] / tiers[wish.tier]))
    return (*_distance(option, wish, tiers), pixels)


def _sides(option: str) -> tuple[int, int] | None:
    width, colon, height = option.partition(":")
    return (int(width), int(height)) if colon and width.isdigit() and height.isdigit() else None

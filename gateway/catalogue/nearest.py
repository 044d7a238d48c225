"""Finds the accepted value that a refused one comes nearest to."""

import math
from collections.abc import Sequence
from difflib import get_close_matches

GIVEN_LENGTH_MAX = 64
"""What is longer is no mistyped option, and comparing it would only take time."""


def nearest(given: object, options: Sequence[object]) -> object:
    """Choose by value among numbers, shape among sizes, spelling among words; None when none is near."""
    numbers = [option for option in options if isinstance(option, int | float)]
    if isinstance(given, int | float):
        return min(numbers, key=lambda option: abs(option - given), default=None)
    if not isinstance(given, str) or len(given) > GIVEN_LENGTH_MAX:
        return None
    words = [option for option in options if isinstance(option, str)]
    if (wanted := _size(given)) is not None:
        sizes = {option: size for option in words if (size := _size(option)) is not None}
        return min(sizes, key=lambda option: _distance(sizes[option], wanted), default=None)
    return next(iter(get_close_matches(given, words, n=1)), None)


def _size(ratio: str) -> tuple[int, int] | None:
    width, _, height = ratio.partition(":")
    is_size = width.isdecimal() and height.isdecimal() and int(width) > 0 and int(height) > 0
    return (int(width), int(height)) if is_size else None


def _distance(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float]:
    """First the shape, then the number of pixels, both as ratios: half and double are equally far."""
    shape = abs(math.log(size[0] * wanted[1] / (size[1] * wanted[0])))
    return round(shape, 2), abs(math.log(size[0] * size[1] / (wanted[0] * wanted[1])))

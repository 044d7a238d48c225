"""Names the valid value that comes closest to one that is not."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from math import log
from typing import Any

import msgspec

from mock_server.issues import Issue

RATIO = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})")
NAME_MAX = 60  # a longer text is no misspelt value


def hinted(issue: Issue, body: object, fields: Collection[str] = ()) -> Issue:
    """The issue, its message followed by the nearest valid value if there is one.

    What was sent is repeated only where it is a number or a ratio: anything else may be a secret in the wrong
    place.
    """
    hint = _hint(issue, body, fields)
    return issue | {"message": f"{issue['message']}. {hint}"} if hint else issue


def nearest(value: object, options: Sequence[object]) -> object | None:
    """None when nothing is near."""
    match value:
        case bool():
            return None
        case int() | float():
            numbers = [option for option in options if isinstance(option, int | float)]
            return min(numbers, key=lambda option: abs(option - value), default=None)
        case str():
            return _nearest_text(value, [option for option in options if isinstance(option, str)])
        case _:
            return None


def _nearest_text(value: str, options: Sequence[str]) -> str | None:
    sides = _sides(value)
    if sides is None:
        return next(iter(get_close_matches(value[:NAME_MAX], options, n=1)), None)
    shapes = {option: shape for option in options if (shape := _sides(option))}
    return min(shapes, key=lambda option: _distance(sides, shapes[option]), default=None)


def _hint(issue: Issue, body: object, fields: Collection[str]) -> str:
    match issue:
        case {"code": "invalid_value", "values": values, "path": path}:
            return _value_hint(_at(body, path), values, path=path, body=body)
        case {"code": "unrecognized_keys", "keys": keys, "path": []}:
            near = [found for key in keys if (found := nearest(key, sorted(fields)))]
            return f"Nearest: {', '.join(str(name) for name in near)}" if near else ""
        case _:
            return ""


def _value_hint(value: object, options: Sequence[object], *, path: Sequence[object], body: object) -> str:
    near = nearest(value, options)
    if near is None:
        return ""
    shown = near if isinstance(near, str) else msgspec.json.encode(near).decode()
    if isinstance(value, str) and not _sides(value):
        return f"Nearest: {shown}"
    model = body.get("model") if isinstance(body, Mapping) and path != ["model"] else None
    owner = model if isinstance(model, str) else "This request"
    return f"{owner} has no {path[-1]} {value}; nearest {shown}"


def _at(value: Any, path: Sequence[Any]) -> object:  # noqa: ANN401 (any JSON)
    """None where nothing is."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    found: object = value
    return found


def _sides(text: str) -> tuple[int, int] | None:
    sides = RATIO.fullmatch(text)
    return (int(sides[1]), int(sides[2])) if sides else None


def _distance(wanted: tuple[int, int], offered: tuple[int, int]) -> tuple[float, float]:
    """First by shape, then by size."""
    shape = log(wanted[0] / wanted[1]) - log(offered[0] / offered[1])
    size = log(wanted[0] * wanted[1]) - log(offered[0] * offered[1])
    return round(abs(shape), 3), abs(size)

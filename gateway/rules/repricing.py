"""Which requests cost the same: what a price that turned out higher applies to from then on."""

import json
import math
from collections.abc import Mapping
from hashlib import sha256

CHARACTERS_PRICED = frozenset({"text_to_speech"})
"""Operations whose price depends on the length of the text, in steps of 50 characters."""
CHARACTERS_STEP = 50
WORD_MAX = 40
"""Longer strings are prompts or media, never settings."""


def price_identity(operation: str, body: Mapping[str, object]) -> str:
    """Name the requests that share a price: settings and counts, not words, media or seed."""
    settings = {name: _outline(operation, value) for name, value in body.items() if name != "seed"}
    text = json.dumps([operation, settings], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _outline(operation: str, value: object) -> object:
    match value:
        case str() if len(value) <= WORD_MAX and " " not in value and "://" not in value:
            return value
        case str():
            return math.ceil(len(value) / CHARACTERS_STEP) if operation in CHARACTERS_PRICED else "…"
        case dict():
            return {name: _outline(operation, inner) for name, inner in value.items()}
        case list():
            return [_outline(operation, inner) for inner in value]
        case _:
            return value

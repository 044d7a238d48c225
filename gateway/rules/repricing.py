"""Which requests cost the same: what a price that turned out higher applies to from then on."""

import json
import math
import re
from collections.abc import Mapping
from hashlib import sha256

import msgspec

CHARACTERS_PRICED = frozenset({"text_to_speech"})
"""Operations whose price depends on the length of the text, in steps of 50 characters."""
CHARACTERS_STEP = 50
_CONTENT = re.compile("prompt|text|uri|seed", re.IGNORECASE)
"""Fields that hold words, media or chance, by their names; all others are settings."""
_SETTING = re.compile(r"[\w.:%+-]{1,40}")


def price_identity(operation: str, canonical: bytes) -> str:
    """Name the requests that share a price: settings and counts, not words, media or seed.

    `canonical` is the body as the fingerprint sees it, so that no other way to write the same evades it.
    """
    body = msgspec.json.decode(canonical)
    settings = {name: _outline(operation, name, value) for name, value in body.items() if name != "seed"}
    text = json.dumps([operation, settings], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _outline(operation: str, name: str, value: object) -> object:
    if _CONTENT.search(name):
        return _size(operation, value)
    match value:
        case str():
            return value if _SETTING.fullmatch(value) else "…"
        case Mapping():
            return {inner: _outline(operation, inner, part) for inner, part in value.items()}
        case list():
            return [_outline(operation, name, part) for part in value]
        case _:
            return value


def _size(operation: str, content: object) -> int:
    """Count media; of texts that are priced by length, count the steps."""
    if isinstance(content, list):
        return len(content)
    if isinstance(content, str) and operation in CHARACTERS_PRICED:
        return math.ceil(len(content) / CHARACTERS_STEP)
    return 1

"""When two requests are the same: one canonical form, and a fingerprint of it."""

import binascii
import hashlib
import json
from collections.abc import Collection, Mapping

DIGITS_EXACT = 2**53
"""Below it every whole float is exactly one integer."""


def canonical(
    body: Mapping[str, object], *, known: Collection[str] | None = None, defaults: Mapping[str, object]
) -> bytes:
    """Write a body in the one form that equal requests share.

    Keys are sorted; 5.0 is 5; absent fields with a documented default are filled in; fields outside `known`
    are left out (None: all count). A data URI stands as the hash of its content with its media type, an
    object where Runway takes only a string, so that no body can pretend to be one.
    """
    named = body if known is None else {name: value for name, value in body.items() if name in known}
    whole = {name: _canonical(value) for name, value in {**defaults, **named}.items()}
    return json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(scope: str, operation: str, *, model: str, identity: bytes) -> str:
    """Name a request within the scope that may share its result, as 64 hexadecimal digits."""
    prefix = f"{scope}\0{operation}\0{model}\0".encode()
    return hashlib.sha256(prefix + identity).hexdigest()


def _canonical(value: object) -> object:
    match value:
        case str():
            return _content(value) if value[:5].lower() == "data:" else value
        case float() if value.is_integer() and abs(value) < DIGITS_EXACT:
            return int(value)
        case dict():
            return {name: _canonical(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_canonical(inner) for inner in value]
        case _:
            return value


def _content(uri: str) -> object:
    """Hash what a base64 data URI carries; anything else that begins like one stays as it is."""
    head, comma, payload = uri[5:].partition(",")
    media_type, _, encoding = head.rpartition(";")
    if not comma or encoding.strip().lower() != "base64":
        return uri
    content = _decoded(payload)
    if content is None:
        return uri
    return {"type": media_type.strip().lower(), "sha256": hashlib.sha256(content).hexdigest()}


def _decoded(payload: str) -> bytes | None:
    """Decode base64; line breaks and padding say nothing, so a second try goes without regard to them."""
    for digits in (payload, _padded(payload)):
        try:
            return binascii.a2b_base64(digits, strict_mode=True)
        except ValueError:
            continue
    return None


def _padded(payload: str) -> str:
    digits = "".join(payload.split()).rstrip("=")
    return digits + "=" * (-len(digits) % 4)

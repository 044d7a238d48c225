"""Reads a JSON body."""

from typing import Any

import msgspec

from mock_server import refusals
from mock_server.asgi import BodyTooLarge, Request
from mock_server.calls import Refused
from mock_server.settings import Bounds

JSON_TYPE = "application/json"


async def read(request: Request, bounds: Bounds) -> bytes:
    if "content-encoding" in request.headers:
        raise Refused(refusals.unsupported("The body must not be compressed."))
    if JSON_TYPE not in request.headers.get("content-type", JSON_TYPE):
        raise Refused(refusals.unsupported(f"The body must be {JSON_TYPE}."))
    try:
        return await request.body(bounds.body_bytes)
    except BodyTooLarge:
        raise Refused(refusals.body_too_large()) from None


def with_own_urls(raw: bytes, origin: str) -> bytes:
    """An output of the mock may be the input of another task, although the mock itself speaks plain HTTP."""
    scheme, _, host = origin.partition("://")
    if scheme == "https":
        return raw
    return raw.replace(f'"{origin}/'.encode(), f'"https://{host}/'.encode())


def decode(raw: bytes, *, nesting_max: int) -> object:
    """No body at all counts as an empty object."""
    if not raw:
        return {}
    try:
        body: object = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Refused(refusals.malformed_body()) from None
    if raw.count(b"[") + raw.count(b"{") > nesting_max and _is_deeper(body, nesting_max):
        raise Refused(refusals.malformed_body())
    return body


def take_dry_run(body: dict[str, Any]) -> bool:
    """Takes away the switch that Runway's pages still describe, and its document does no longer."""
    return isinstance(body.get("dryRun"), bool) and body.pop("dryRun")


def _is_deeper(value: object, levels: int) -> bool:
    match value:
        case dict():
            return levels == 0 or any(_is_deeper(item, levels - 1) for item in value.values())
        case list():
            return levels == 0 or any(_is_deeper(item, levels - 1) for item in value)
        case _:
            return False

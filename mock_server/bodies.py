"""Reads a JSON body, and looks through it for uploads."""

from collections.abc import Iterator
from typing import Any

import msgspec

from mock_server import issues, refusals
from mock_server.asgi import BodyTooLarge, Request
from mock_server.calls import Refused
from mock_server.clock import Moment
from mock_server.issues import Issue, Path
from mock_server.settings import Bounds
from mock_server.uploads import Uploads

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


def upload_problems(body: object, uploads: Uploads, now: Moment) -> list[Issue]:
    """One issue for each `runway://` URI that is not a usable upload of this tenant."""
    return [
        issues.custom("The upload was not found, was not completed, or has expired.", path)
        for path, text in _texts(body, [])
        if text.startswith("runway://") and uploads.usable(text, now) is None
    ]


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 (any JSON)
    match value:
        case str():
            yield path, value
        case dict():
            for key, item in value.items():
                yield from _texts(item, [*path, key])
        case list():
            for index, item in enumerate(value):
                yield from _texts(item, [*path, index])
        case _:
            return


def _is_deeper(value: object, levels: int) -> bool:
    match value:
        case dict():
            return levels == 0 or any(_is_deeper(item, levels - 1) for item in value.values())
        case list():
            return levels == 0 or any(_is_deeper(item, levels - 1) for item in value)
        case _:
            return False

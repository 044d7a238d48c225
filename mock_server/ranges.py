"""Answers with a file, or with the part of it that was asked for (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Mapping

from mock_server.asgi import Answer
from mock_server.refusals import REASON_HEADER, Reason

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


def answer(content: bytes, headers: Mapping[str, str], *, media_type: str, tag: str) -> Answer:
    """`headers` are those of the request. Several ranges at once are answered with the whole file."""
    if _is_known(tag, headers.get("if-none-match", "")):
        return Answer(304).with_header("etag", tag)
    try:
        span = _span(headers, len(content), tag)
    except Unsatisfiable:
        refused = Answer(416).with_header("content-range", f"bytes */{len(content)}")
        return refused.with_header(REASON_HEADER, Reason.RULE)
    if span is None:
        return _of_type(Answer(200, content), media_type, tag)
    shown = f"bytes {span.start}-{span.stop - 1}/{len(content)}"
    part = Answer(206, content[span.start : span.stop]).with_header("content-range", shown)
    return _of_type(part, media_type, tag)


def _of_type(whole: Answer, media_type: str, tag: str) -> Answer:
    typed = whole.with_header("content-type", media_type)
    return typed.with_header("etag", tag).with_header("accept-ranges", "bytes")


def _is_known(tag: str, listed: str) -> bool:
    return listed.strip() == "*" or tag in {entry.strip().removeprefix("W/") for entry in listed.split(",")}


def _span(headers: Mapping[str, str], size: int, tag: str) -> range | None:
    """None for the whole file: nothing else was asked for, or it has changed since."""
    asked = RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or headers.get("if-range", tag) != tag or asked[0] == "bytes=-":
        return None
    first, last = asked.groups()
    if not first:
        span = range(max(0, size - int(last)), size)
    else:
        span = range(int(first), min(int(last) + 1 if last else size, size))
    if last and first and int(last) < int(first):
        return None  # nonsense, and so as if nothing was asked
    if not span:
        raise Unsatisfiable
    return span

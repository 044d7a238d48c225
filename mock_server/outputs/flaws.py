"""Files that a fault made useless."""

from typing import assert_never

from mock_server.script import Flaw

GARBLED_BYTES = 4096
PAGE = b"<!doctype html><title>Error</title><h1>Something went wrong</h1>\n"


def spoiled(content: bytes, media_type: str, *, flaw: Flaw | None) -> tuple[bytes, str]:
    """What is served instead, and its media type."""
    match flaw:
        case Flaw.CORRUPT:
            head = bytes(byte ^ 0xFF for byte in content[:GARBLED_BYTES])
            return head + content[GARBLED_BYTES:], media_type
        case Flaw.EMPTY:
            return b"", media_type
        case Flaw.WRONG_TYPE:
            return PAGE, "text/html; charset=utf-8"
        case Flaw.DEAD | Flaw.EXPIRED | None:
            return content, media_type
        case _:
            assert_never(flaw)

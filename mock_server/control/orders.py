"""Reads what a control request asks for."""

from typing import TypeVar

import msgspec

from mock_server import refusals
from mock_server.asgi import Answer, BodyTooLarge, Request

ORDER_BYTES_MAX = 64 * 1024

Order = TypeVar("Order")


async def read(request: Request, kind: type[Order]) -> Order | Answer:
    """The body as `kind`, or the refusal that says what is wrong with it."""
    try:
        return msgspec.json.decode(await request.body(ORDER_BYTES_MAX) or b"{}", type=kind)
    except BodyTooLarge:
        return refusals.body_too_large()
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return refusals.refusal(400, str(error))

"""Pages of a list, as Runway cuts them: `limit` and `cursor` make `data`, `hasMore` and `nextCursor`."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from mock_server import issues, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused

Place = tuple[int, ...]
"""Where an item stands in its list; smaller ones come first. It stays the same when others come and go."""

Item = TypeVar("Item")


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    operation: str
    place: Place


def page(call: Call, items: Iterable[tuple[Place, Item]], show: Callable[[Item], Any]) -> Answer:
    after = _after(call)
    rest = sorted((item for item in items if after is None or item[0] > after), key=lambda item: item[0])
    shown = rest[: call.query["limit"]]
    has_more = len(rest) > len(shown)
    return json_answer(
        {
            "data": [show(item) for _, item in shown],
            "hasMore": has_more,
            "nextCursor": _encoded(Cursor(call.operation.id, shown[-1][0])) if has_more else None,
        }
    )


def _after(call: Call) -> Place | None:
    text = call.query.get("cursor")
    if text is None:
        return None
    try:
        cursor = msgspec.json.decode(urlsafe_b64decode(text.encode()), type=Cursor)
    except (binascii.Error, UnicodeError, msgspec.DecodeError):
        cursor = None
    if cursor is not None and cursor.operation == call.operation.id:
        return cursor.place
    if call.world.settings.pinned_id is not None:
        return None
    raise Refused(refusals.invalid_query([issues.custom("Invalid cursor", ["cursor"])]))


def _encoded(cursor: Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()

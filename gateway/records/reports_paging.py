"""Lists in pages: each goes on behind the last row of the page before, however many rows came in between."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Column, ColumnElement, Row, Select, literal, tuple_

from gateway.ports.reports import PAGE_MAX, Page

Place = Sequence[str | int]
Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9-]{1,100}\Z")]
"""Of a team, a key or a task: nothing else ever reaches a statement from a cursor."""
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]

BY_ID = msgspec.json.Decoder(tuple[Id])
BY_NUMBER = msgspec.json.Decoder(tuple[Number])
BY_TIME = msgspec.json.Decoder(tuple[Number, Id])


@dataclass(frozen=True)
class Order:
    """Columns that together are unique, and the shape of their values in a cursor."""

    columns: tuple[Column[Any], ...]
    places: msgspec.json.Decoder[Any]
    newest_first: bool = True

    def page(self, rows: Select[Any], page: Page) -> Select[Any]:
        """Narrow a list to one page and one row more, which tells that there is another.

        Raises ValueError, in words for whoever sent the page.
        """
        if not 1 <= page.limit <= PAGE_MAX:
            raise ValueError(f"`limit` is 1 to {PAGE_MAX}")
        if page.cursor is not None:
            rows = rows.where(self._behind(_place(page.cursor, self.places)))
        ordered = [column.desc() if self.newest_first else column.asc() for column in self.columns]
        return rows.order_by(*ordered).limit(page.limit + 1)

    def cut(self, rows: Sequence[Row[Any]], page: Page) -> tuple[Sequence[Row[Any]], str | None]:
        """Take the row too many away and make the cursor of the next page, if there is one."""
        if len(rows) <= page.limit:
            return rows, None
        kept = rows[: page.limit]
        return kept, _cursor([getattr(kept[-1], column.name) for column in self.columns])

    def _behind(self, place: Place) -> ColumnElement[bool]:
        here = tuple_(*self.columns)
        there = tuple_(*(literal(value) for value in place))
        return here < there if self.newest_first else here > there


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(cursor: str, places: msgspec.json.Decoder[Any]) -> Place:
    try:
        place: Place = places.decode(urlsafe_b64decode(cursor))
    except ValueError:
        raise ValueError(
            "`cursor` is not one that an earlier page gave; leave it out to begin with the first page"
        ) from None
    return place

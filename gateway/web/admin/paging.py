"""The two query parameters of every list."""

from typing import Annotated, TypeAlias

from litestar.params import QueryParameter

from gateway.ports.reports import PAGE_MAX, Page

CURSOR_MAX = 1000

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX, description="Rows per page")]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=CURSOR_MAX, description="`nextCursor` of the page before"),
]
LIMIT = Page().limit

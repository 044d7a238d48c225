"""The two query parameters of every list, and the refusal of a page that there cannot be."""

from collections.abc import Awaitable
from typing import Annotated, TypeAlias, TypeVar

from litestar.params import QueryParameter

from gateway.ports.reports import PAGE_MAX, Page
from gateway.rules.refusals import Invalid

T = TypeVar("T")

CURSOR_MAX = 1000

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX, description="Rows per page")]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=CURSOR_MAX, description="`nextCursor` of the page before"),
]
LIMIT = Page().limit


async def read(page: Awaitable[T]) -> T:
    """Read a page. Raises Invalid where the reports say that there is no such page."""
    try:
        return await page
    except ValueError as wrong:
        raise Invalid(str(wrong)) from None

"""Who changed what, and when."""

from litestar import Controller, get

from gateway.ports.reports import Page
from gateway.web.admin.errors import errors
from gateway.web.admin.paging import LIMIT, Cursor, Limit, read
from gateway.web.admin.shapes import ChangeList, ChangeShown
from gateway.web.given import GivenReports


class Audit(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(responses=errors(), summary="List changes by administrators")
    async def list_changes(
        self, reports: GivenReports, limit: Limit = LIMIT, cursor: Cursor = None
    ) -> ChangeList:
        """Newest first."""
        changes, next_cursor = await read(reports.audit(Page(limit, cursor)))
        return ChangeList.of(map(ChangeShown.of, changes), next_cursor)

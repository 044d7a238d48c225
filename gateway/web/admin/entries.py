"""The lines of the ledger, as the records keep them."""

from litestar import Controller, get

from gateway.ports.reports import Page
from gateway.rules.ids import TeamId
from gateway.web.admin.errors import errors
from gateway.web.admin.keys import OfTeam
from gateway.web.admin.paging import LIMIT, Cursor, Limit, read
from gateway.web.admin.shapes import EntryList, EntryShown
from gateway.web.given import GivenReports


class Entries(Controller):
    path = "/entries"
    tags = ("Usage",)

    @get(responses=errors(), summary="List ledger entries")
    async def list_entries(
        self, reports: GivenReports, team: OfTeam = None, limit: Limit = LIMIT, cursor: Cursor = None
    ) -> EntryList:
        """Newest first: what was reserved, corrected, closed or reused."""
        entries, next_cursor = await read(
            reports.entries(Page(limit, cursor), team=None if team is None else TeamId(team))
        )
        return EntryList.of(map(EntryShown.of, entries), next_cursor)

"""What administrators, teams and gauges read: lists in pages, sums, counts. Nothing is decided by it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select

from gateway.ports.reports import AuditRow, EntryRow, Page, Standing, TaskRow, UsageRow
from gateway.records import reports_lists as lists
from gateway.records import reports_usage as sums
from gateway.records.database import Database
from gateway.records.reports_lists import Rows
from gateway.records.reports_paging import Order
from gateway.rules.directory import Key, Team
from gateway.rules.generation import Stage
from gateway.rules.ids import TeamId

T = TypeVar("T")


class SqlReports:
    """Implements the port Reports. Raises ValueError for a page or a group that there cannot be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def teams(self, page: Page) -> tuple[Sequence[Team], str | None]:
        return await self._list(lists.TEAMS, page, order=lists.TEAMS_ORDER, read=lists.read_teams)

    async def keys(self, page: Page, *, team: TeamId | None) -> tuple[Sequence[Key], str | None]:
        return await self._list(lists.keys_of(team), page, order=lists.KEYS_ORDER, read=lists.read_keys)

    async def tasks(
        self, page: Page, *, team: TeamId | None, stage: Stage | None
    ) -> tuple[Sequence[TaskRow], str | None]:
        wanted = lists.tasks_of(team, stage)
        return await self._list(wanted, page, order=lists.TASKS_ORDER, read=lists.read_tasks)

    async def entries(self, page: Page, *, team: TeamId | None) -> tuple[Sequence[EntryRow], str | None]:
        wanted = lists.entries_of(team)
        return await self._list(wanted, page, order=lists.ENTRIES_ORDER, read=lists.read_entries)

    async def audit(self, page: Page) -> tuple[Sequence[AuditRow], str | None]:
        return await self._list(lists.AUDIT, page, order=lists.AUDIT_ORDER, read=lists.read_audit)

    async def usage(
        self, *, start: datetime | None, end: datetime | None, by: Sequence[str], team: TeamId | None = None
    ) -> Sequence[UsageRow]:
        wanted = sums.Wanted(start, end, sums.check_groups(by), team)
        return await self._database.report(lambda connection: sums.usage(connection, wanted))

    async def standing(self) -> Sequence[Standing]:
        return await self._database.report(sums.standing)

    async def daily_generations(self, *, team: TeamId | None, since: datetime) -> dict[str, int]:
        wanted = sums.Wanted(since, None, (), team)
        return await self._database.read(lambda connection: sums.by_model(connection, wanted))

    async def _list(
        self,
        rows: Select[Any],
        page: Page,
        *,
        order: Order,
        read: Callable[[Connection, Rows], list[T]],
    ) -> tuple[list[T], str | None]:
        """Read one page and what belongs to it, as one reading."""
        wanted = order.page(rows, page)

        def unit(connection: Connection) -> tuple[list[T], str | None]:
            found, cursor = order.cut(connection.execute(wanted).all(), page)
            return read(connection, found), cursor

        return await self._database.report(unit)

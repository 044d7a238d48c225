"""Where the money went: added up by team, key, model, operation or day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.params import QueryParameter

from gateway.ports.reports import GROUPS, UsageRow
from gateway.rules import windows
from gateway.rules.credits import shown
from gateway.rules.policy import Per
from gateway.rules.refusals import Invalid
from gateway.web.admin.errors import errors
from gateway.web.admin.shapes import Instant, UsageReport, UsageShown
from gateway.web.given import GivenClock, GivenReports

BY = "team,model"
DATE_LENGTH = 10
ANY = "|".join(GROUPS)

From = Annotated[
    str | None,
    QueryParameter(
        name="from", max_length=40, description="The first instant that counts; a date is its start, UTC"
    ),
]
To = Annotated[
    str | None,
    QueryParameter(name="to", max_length=40, description="The first instant that no longer counts"),
]
By = Annotated[
    str,
    QueryParameter(
        max_length=100,
        description=f"Some of {', '.join(GROUPS)}, with commas",
        schema_extra={"pattern": f"^({ANY})(,({ANY}))*$"},
    ),
]


class Usage(Controller):
    path = "/usage"
    tags = ("Usage",)

    @get(responses=errors(), summary="Add up usage")
    async def show_usage(
        self, reports: GivenReports, clock: GivenClock, start: From = None, end: To = None, by: By = BY
    ) -> UsageReport:
        """Of what was created from `from` on and before `to`; without both, in the current month, UTC."""
        groups = _groups(by)
        first, last = _period(start, end, clock.now())
        rows = await reports.usage(start=first, end=last, by=groups)
        return UsageReport(start=first, end=last, by=groups, data=[_shown(row, groups) for row in rows])


def _groups(by: str) -> list[str]:
    groups = list(dict.fromkeys(group.strip() for group in by.split(",")))
    if not set(groups) <= set(GROUPS):
        raise Invalid(f"by takes some of {', '.join(GROUPS)}, with commas between them")
    return groups


def _period(start: str | None, end: str | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    if start is None and end is None:
        return windows.starts_at(Per.MONTH, None, now), windows.ends_at(Per.MONTH, None, now)
    first = None if start is None else _instant("from", start)
    last = None if end is None else _instant("to", end)
    if first is not None and last is not None and first >= last:
        raise Invalid("from must be earlier than to, which is the first instant that no longer counts")
    return first, last


def _instant(name: str, text: str) -> datetime:
    try:
        if len(text) == DATE_LENGTH:
            return datetime.combine(msgspec.convert(text, date), time(), UTC)
        return msgspec.convert(text, Instant).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise Invalid(
            f"{name} is a date such as 2026-11-01 or an instant such as 2026-11-01T12:00:00Z"
        ) from None


def _shown(row: UsageRow, groups: Sequence[str]) -> UsageShown:
    return UsageShown(
        **{group: getattr(row, group) for group in groups},
        generations=row.generations,
        tasks=row.tasks,
        spent=shown(row.spent),
        reserved=shown(row.reserved),
        refunded=shown(row.refunded),
        saved=shown(row.saved),
        unclear=shown(row.unclear),
    )

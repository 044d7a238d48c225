"""Reads that decide nothing: lists, usage, entries, gauges. Typed rows, paged by a cursor."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from gateway.rules.credits import Credits
from gateway.rules.directory import Key, Team
from gateway.rules.generation import Stage
from gateway.rules.ids import GenerationId, KeyId, TaskId, TeamId

PAGE_MAX = 100
GROUPS = ("team", "key", "model", "operation", "day")


class Page(Struct, frozen=True):
    """Where to go on: `cursor` as an earlier page gave it, and how many rows at most (1 to 100)."""

    limit: int = 50
    cursor: str | None = None


class UsageRow(Struct, frozen=True, kw_only=True):
    """Money and counts of one group; fields that were not grouped by are None."""

    team: TeamId | None = None
    key: KeyId | None = None
    model: str | None = None
    operation: str | None = None
    day: date | None = None
    generations: int = 0
    tasks: int = 0
    spent: Credits = Credits(0)
    reserved: Credits = Credits(0)
    refunded: Credits = Credits(0)
    saved: Credits = Credits(0)
    unclear: Credits = Credits(0)


class EntryRow(Struct, frozen=True, kw_only=True):
    """One line of the ledger in the records: what was reserved, corrected, closed or reused, and when."""

    id: int
    generation: GenerationId
    task: TaskId | None
    kind: str
    amount: Credits
    basis: str | None
    team: TeamId
    key: KeyId
    operation: str
    model: str
    at: datetime


class TaskRow(Struct, frozen=True, kw_only=True):
    """One task for the administrator: no prompt, no output URL."""

    id: TaskId
    generation: GenerationId
    team: TeamId
    key: KeyId
    operation: str
    model: str
    stage: Stage
    status: str
    failure_code: str | None
    pays: bool
    reserved: Credits
    charged: Credits | None
    basis: str | None
    upstream_id: str | None
    created_at: datetime
    finished_at: datetime | None
    detached_at: datetime | None


class AuditRow(Struct, frozen=True, kw_only=True):
    """One change by an administrator."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


class Standing(Struct, frozen=True, kw_only=True):
    """Counts by model and stage now, for gauges; `oldest_created_at` tells how long the first one waits."""

    model: str
    stage: Stage
    generations: int
    reserved: Credits
    oldest_created_at: datetime


class Reports(Protocol):
    """Read-only; every list is paged and ordered, the newest first unless said."""

    async def teams(self, page: Page) -> tuple[Sequence[Team], str | None]:
        """List teams by id, archived ones too, with the cursor of the next page."""
        ...

    async def keys(self, page: Page, *, team: TeamId | None) -> tuple[Sequence[Key], str | None]: ...

    async def tasks(
        self, page: Page, *, team: TeamId | None, stage: Stage | None
    ) -> tuple[Sequence[TaskRow], str | None]: ...

    async def entries(self, page: Page, *, team: TeamId | None) -> tuple[Sequence[EntryRow], str | None]: ...

    async def audit(self, page: Page) -> tuple[Sequence[AuditRow], str | None]: ...

    async def usage(
        self, *, start: datetime | None, end: datetime | None, by: Sequence[str], team: TeamId | None = None
    ) -> Sequence[UsageRow]:
        """Add up by any of `GROUPS` what was created from `start` on and before `end`. Days are UTC."""
        ...

    async def standing(self) -> Sequence[Standing]:
        """Count what is not done yet."""
        ...

    async def daily_generations(self, *, team: TeamId | None, since: datetime) -> dict[str, int]:
        """Count generations by model since an instant."""
        ...

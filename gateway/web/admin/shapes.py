"""What administration takes and answers as JSON. Amounts are whole credits as decimal numbers."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Generic, Self, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.flows.administer import NAME_MAX, MadeKey
from gateway.ports.reports import AuditRow, EntryRow, TaskRow
from gateway.rules.credits import CREDITS_MAX, shown
from gateway.rules.directory import TEAM_ID, Key, Team
from gateway.rules.generation import Stage
from gateway.rules.policy import EMPTY, Policy

T = TypeVar("T")

REASON_MAX = 500
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
"""No control characters: PostgreSQL stores no NUL, and a terminal obeys the others."""

TeamName = Annotated[str, Meta(pattern=f"^{TEAM_ID.pattern}$", examples=["ads"])]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, pattern=PRINTABLE)]
Reason = Annotated[str, Meta(min_length=1, max_length=REASON_MAX, pattern=PRINTABLE)]
Amount = Annotated[float, Meta(ge=0, le=CREDITS_MAX // 1000)]
Instant = Annotated[datetime, Meta(tz=True)]


class _Taken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A request's body: a mistyped field is refused, not ignored."""


class _Shown(Struct, frozen=True, kw_only=True, rename="camel"):
    """An answer's body."""


class NewTeam(_Taken, frozen=True, kw_only=True):
    """A team to add. Its id is never used again, not even after it was archived."""

    id: TeamName
    name: Name
    policy: Policy = EMPTY


class TeamChange(_Taken, frozen=True, kw_only=True):
    """What is to change of a team. A policy replaces the one before and needs `If-Match`."""

    name: Name | UnsetType = UNSET
    policy: Policy | UnsetType = UNSET


class NewKey(_Taken, frozen=True, kw_only=True):
    """A key to make for a team."""

    team: TeamName
    label: Name
    policy: Policy = EMPTY
    expires_at: Instant | None = None


class KeyChange(_Taken, frozen=True, kw_only=True):
    """A key's new policy; it replaces the one before."""

    policy: Policy


class Resolution(_Taken, frozen=True, kw_only=True):
    """What an unclear task really cost, and how that was found out."""

    charged: Amount
    reason: Reason


class TeamShown(_Shown, frozen=True, kw_only=True):
    """A team with its policy; `policyVersion` is what `If-Match` takes."""

    id: str
    name: str
    policy: Policy
    policy_version: int
    created_at: datetime
    archived_at: datetime | None

    @classmethod
    def of(cls, team: Team) -> "TeamShown":
        return cls(
            id=team.id,
            name=team.name,
            policy=team.policy,
            policy_version=team.version,
            created_at=team.created_at,
            archived_at=team.archived_at,
        )


class KeyShown(_Shown, frozen=True, kw_only=True):
    """A key without its secret; `policyVersion` is what `If-Match` takes."""

    id: str
    team: str
    label: str
    policy: Policy
    policy_version: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: Key) -> "KeyShown":
        return cls(
            id=key.id,
            team=key.team,
            label=key.label,
            policy=key.policy,
            policy_version=key.version,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )


class MadeKeyShown(_Shown, frozen=True, kw_only=True):
    """A new key with its secret, which is in this answer only."""

    id: str
    team: str
    label: str
    secret: str
    policy: Policy
    policy_version: int
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, made: MadeKey) -> "MadeKeyShown":
        key = made.key
        return cls(
            id=key.id,
            team=key.team,
            label=key.label,
            secret=made.secret,
            policy=key.policy,
            policy_version=key.version,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )


class TaskShown(_Shown, frozen=True, kw_only=True):
    """A task with its money, without prompt and output. One that does not pay reserves and is charged 0."""

    id: str
    generation: str
    team: str
    key: str
    operation: str
    model: str
    stage: Stage
    status: str
    failure_code: str | None
    pays: bool
    reserved: float
    charged: float | None
    basis: str | None
    upstream_id: str | None
    created_at: datetime
    finished_at: datetime | None
    detached_at: datetime | None

    @classmethod
    def of(cls, row: TaskRow) -> "TaskShown":
        return cls(
            id=row.id,
            generation=row.generation,
            team=row.team,
            key=row.key,
            operation=row.operation,
            model=row.model,
            stage=row.stage,
            status=row.status,
            failure_code=row.failure_code,
            pays=row.pays,
            reserved=shown(row.reserved),
            charged=None if row.charged is None else shown(row.charged),
            basis=row.basis,
            upstream_id=row.upstream_id,
            created_at=row.created_at,
            finished_at=row.finished_at,
            detached_at=row.detached_at,
        )


class EntryShown(_Shown, frozen=True, kw_only=True):
    """One line of the ledger."""

    id: int
    at: datetime
    kind: str
    amount: float
    basis: str | None
    generation: str
    task: str | None
    team: str
    key: str
    operation: str
    model: str

    @classmethod
    def of(cls, row: EntryRow) -> "EntryShown":
        return cls(
            id=row.id,
            at=row.at,
            kind=row.kind,
            amount=shown(row.amount),
            basis=row.basis,
            generation=row.generation,
            task=row.task,
            team=row.team,
            key=row.key,
            operation=row.operation,
            model=row.model,
        )


class ChangeShown(_Shown, frozen=True, kw_only=True):
    """One change by an administrator."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str

    @classmethod
    def of(cls, row: AuditRow) -> "ChangeShown":
        return cls(
            id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, detail=row.detail
        )


class UsageShown(_Shown, frozen=True, kw_only=True):
    """Money and counts of one group; only the fields that were grouped by are there."""

    team: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    operation: str | UnsetType = UNSET
    day: date | UnsetType = UNSET
    generations: int
    tasks: int
    spent: float
    reserved: float
    refunded: float
    saved: float
    unclear: float


class UsageReport(Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Usage from an instant on and before another; null where nothing bounds it."""

    start: datetime | None
    end: datetime | None
    by: list[str]
    data: list[UsageShown]


class Listing(_Shown, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `nextCursor` leads on while `hasMore`."""

    data: list[T]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def of(cls, rows: Iterable[T], cursor: str | None) -> Self:
        return cls(data=list(rows), has_more=cursor is not None, next_cursor=cursor)


class TeamList(Listing[TeamShown], frozen=True, kw_only=True):
    """One page of teams."""


class KeyList(Listing[KeyShown], frozen=True, kw_only=True):
    """One page of keys."""


class TaskList(Listing[TaskShown], frozen=True, kw_only=True):
    """One page of tasks."""


class EntryList(Listing[EntryShown], frozen=True, kw_only=True):
    """One page of ledger entries."""


class ChangeList(Listing[ChangeShown], frozen=True, kw_only=True):
    """One page of changes."""

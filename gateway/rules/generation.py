"""A generation, one paid upstream task, and a task, what a team sees of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from gateway.rules.credits import Credits
from gateway.rules.ids import GenerationId, KeyId, ReservationId, TaskId, TeamId, UpstreamId


class Stage(StrEnum):
    """Where a generation stands between create and settled credit."""

    QUEUED = "queued"
    FORWARDING = "forwarding"
    RUNNING = "running"
    UNCLEAR = "unclear"
    CLOSING = "closing"
    DONE = "done"
    VOID = "void"
    """An id that must never be used: its reservation was released before any record of it."""


OPEN = frozenset({Stage.QUEUED, Stage.FORWARDING, Stage.RUNNING, Stage.UNCLEAR})
"""Stages whose admission is held and not yet closed in the records."""


class Priority(StrEnum):
    """How soon a queued generation goes among those of its own team."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Status(StrEnum):
    """Runway's words for the state of a task."""

    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})


class Basis(StrEnum):
    """How it is known what a generation cost."""

    OBSERVED = "observed"
    """Runway said so."""
    ASSUMED = "assumed"
    """Runway could not be asked; the full estimate stands until reconciliation."""
    REFUSED = "refused"
    """Nothing was started, so nothing was charged."""
    RESOLVED = "resolved"
    """An administrator decided."""


class UpstreamError(Struct, frozen=True):
    """Runway's refusal of a create, which reaches everyone who waits for it unchanged."""

    status: int
    body: str


class Outcome(Struct, frozen=True):
    """How a generation ended, as its tasks show it. Never changes once it is recorded."""

    succeeded: bool
    output: tuple[str, ...] = ()
    failure: str | None = None
    failure_code: str | None = None
    error: UpstreamError | None = None
    """Set when Runway refused the create."""


class Generation(Struct, frozen=True, kw_only=True):
    """One row of the table `generations`."""

    id: GenerationId
    stage: Stage
    operation: str
    model: str
    project: str
    body: bytes
    headers: Mapping[str, str]
    """What is forwarded: the parsed body encoded again, and the `X-Runway-*` headers that pass."""
    team: TeamId
    key: KeyId
    reservation: ReservationId
    reserved: Credits
    """Held now: the estimate of the price book, then Runway's own."""
    priced_as: str
    """Names the requests that share its price."""
    created_at: datetime
    due_at: datetime
    slot: ReservationId | None = None
    """Holds its running slots, or held them when it was sent last; names that attempt."""
    fingerprint: str | None = None
    """Unique among reusable generations; None when the request may not be reused."""
    priority: Priority = Priority.NORMAL
    turn: float = 0.0
    """Place in the queue: the lowest goes first."""
    upstream_id: UpstreamId | None = None
    upstream_status: Status = Status.PENDING
    progress: float | None = None
    progress_at: datetime | None = None
    """When status or progress last changed."""
    forwarded_at: datetime | None = None
    """When it was taken from the queue to be sent, then when Runway was asked."""
    finished_at: datetime | None = None
    unclear_at: datetime | None = None
    """Since when it is unclear; None again when evidence came before its tasks showed FAILED."""
    answer: bytes | None = None
    """Runway's answer to the create, for operations that say more than id and estimate."""
    outcome: Outcome | None = None
    charged: Credits | None = None
    basis: Basis | None = None
    changed_at: datetime | None = None
    """When the records changed it last, by the store's clock; None of what was not read there."""

    @property
    def is_terminal(self) -> bool:
        return self.outcome is not None

    @property
    def held_since(self) -> datetime:
        """Before its slot and the lease of whoever sends it were asked for."""
        return self.forwarded_at or self.created_at

    @property
    def exceeds_reservation(self) -> bool:
        """Whether Runway charged more than was held for it."""
        return self.basis is Basis.OBSERVED and (self.charged or 0) > self.reserved

    @property
    def lane(self) -> str:
        """What competes for the same upstream slots."""
        return f"{self.project}|{self.model}"


class Task(Struct, frozen=True, kw_only=True):
    """One row of the table `tasks`."""

    id: TaskId
    generation: GenerationId
    team: TeamId
    key: KeyId
    created_at: datetime
    pays: bool
    """Whether this task's team carries the generation's charge."""
    digest: str
    """Of the body as sent, with operation: what an automatic retry repeats."""
    saved: Credits = Credits(0)
    """What a reuse would have cost."""
    attempt: int = 0
    idempotency_key: str | None = None
    labels: Mapping[str, str] = {}
    detached_at: datetime | None = None


UNCLEAR_SHOWN_RUNNING = timedelta(hours=24)
"""How long an unclear generation shows RUNNING before it shows FAILED: far longer than any SDK waits for a
task (10 minutes), and long enough for an administrator to resolve it."""

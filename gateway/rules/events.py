"""What happened, told once: closed unions of frozen structs, one per subject.

Telemetry makes metrics and logs of them.
No event holds a secret, a signed URL or a prompt. `team` is None where the caller is not known.
"""

from enum import StrEnum

from msgspec import Struct

from gateway.rules.credits import Credits
from gateway.rules.generation import Basis
from gateway.rules.ids import GenerationId, TaskId, TeamId


class _Event(Struct, frozen=True, kw_only=True):
    request_id: str | None = None


# --- a create, as a team sees it ---


class Admitted(_Event, frozen=True, kw_only=True):
    """A create was granted its budget and recorded."""

    team: TeamId
    operation: str
    model: str
    task: TaskId
    generation: GenerationId
    reserved: Credits
    queued: bool


class Refused(_Event, frozen=True, kw_only=True):
    """A create was refused; `code` is the refusal's, `limit` the owner and measure that bound."""

    team: TeamId | None
    operation: str
    model: str | None
    code: str
    limit: str | None = None


class ReuseKind(StrEnum):
    """How far the shared generation was."""

    HIT = "hit"
    JOINED = "joined"
    RETRIED = "retried"
    """An SDK's automatic retry or an Idempotency-Key found its own task."""


class Reused(_Event, frozen=True, kw_only=True):
    """A create was answered with an existing generation."""

    team: TeamId
    operation: str
    model: str
    task: TaskId
    kind: ReuseKind
    saved: Credits


class Missed(_Event, frozen=True, kw_only=True):
    """A reusable create found nothing to share."""

    team: TeamId
    operation: str
    model: str


CreateEvent = Admitted | Refused | Reused | Missed


# --- a generation on its way ---


class Forwarded(_Event, frozen=True, kw_only=True):
    """A create was sent: `result` is started, refused, away or unclear; `waited` in seconds since create."""

    generation: GenerationId
    operation: str
    model: str
    result: str
    status: int | None
    waited: float


class Settled(_Event, frozen=True, kw_only=True):
    """A generation's charge was booked."""

    generation: GenerationId
    team: TeamId
    operation: str
    model: str
    reserved: Credits
    charged: Credits
    basis: Basis
    status: str
    failure_code: str | None


class Unclear(_Event, frozen=True, kw_only=True):
    """Nobody knows whether a generation was charged; its money stays held."""

    generation: GenerationId
    team: TeamId
    model: str
    why: str
    reserved: Credits


class Stuck(_Event, frozen=True, kw_only=True):
    """A running generation made no progress for too long; its slot was freed, its money stays held."""

    generation: GenerationId
    team: TeamId
    model: str
    reserved: Credits


class PriceDiffered(_Event, frozen=True, kw_only=True):
    """Runway's estimate was not the price book's."""

    operation: str
    model: str
    ours: Credits
    theirs: Credits


class Cancelled(_Event, frozen=True, kw_only=True):
    """A team deleted a task. `upstream` tells whether Runway was asked to cancel."""

    team: TeamId
    task: TaskId
    generation: GenerationId
    upstream: bool


GenerationEvent = Forwarded | Settled | Unclear | Stuck | PriceDiffered | Cancelled


# --- the gateway's own work ---


class UpstreamCalled(_Event, frozen=True, kw_only=True):
    """One request to Runway ended, with no status when no answer came.

    `call` is create, read, delete, forward or concurrency.
    """

    call: str
    operation: str
    status: int | None
    seconds: float


class Answered(_Event, frozen=True, kw_only=True):
    """One request of a client was answered. `route` is a pattern, never a path."""

    route: str
    method: str
    status: int
    seconds: float
    team: TeamId | None


class Polled(_Event, frozen=True, kw_only=True):
    """Polls were answered from memory, each in so many seconds: too many to tell each alone."""

    route: str
    seconds: tuple[float, ...]


class Rebuilt(_Event, frozen=True, kw_only=True):
    """The ledger was rebuilt from the records."""

    epoch: int
    generations: int
    seconds: float


class LedgerLost(_Event, frozen=True, kw_only=True):
    """The ledger was found incomplete, replaced or older than the records."""

    why: str


class Abandoned(_Event, frozen=True, kw_only=True):
    """A reservation whose create never reached the records was released."""

    reservation: str


class StoreAway(_Event, frozen=True, kw_only=True):
    """A store did not answer: ledger or records."""

    store: str


class StepFailed(_Event, frozen=True, kw_only=True):
    """A background step ended with a bug; it is tried again later. `error` is the exception's type."""

    step: str
    error: str


class AdminChanged(_Event, frozen=True, kw_only=True):
    """An administrator changed something."""

    actor: str
    action: str
    subject: str


class Started(_Event, frozen=True, kw_only=True):
    """A process is ready, or ends."""

    what: str
    detail: str


WorkEvent = (
    UpstreamCalled
    | Answered
    | Polled
    | Rebuilt
    | LedgerLost
    | Abandoned
    | StoreAway
    | StepFailed
    | AdminChanged
    | Started
)

Event = CreateEvent | GenerationEvent | WorkEvent

"""What a task shows: Runway's own shapes, whoever asks.

Never CANCELLED: the synchronous Python SDK polls that until it times out. Terminal never changes.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from gateway.rules.credits import Credits, shown
from gateway.rules.generation import (
    UNCLEAR_SHOWN_RUNNING,
    Generation,
    Outcome,
    Stage,
    Status,
    Task,
)

GIVEN_UP = Outcome(
    succeeded=False,
    failure="It is not known what became of this task. An administrator was told.",
    failure_code="INTERNAL",
)
SIGNATURE = "_jwt="
_EXPIRY = msgspec.json.Decoder(dict[str, Any])


class Face(Struct, frozen=True):
    """The part of a task that its view needs."""

    id: str
    created_at: datetime
    pays: bool

    @classmethod
    def of(cls, task: Task) -> "Face":
        return cls(task.id, task.created_at, task.pays)


def is_given_up(generation: Generation, now: datetime) -> bool:
    """Tell whether an unclear generation shows FAILED, which nothing changes any more."""
    if generation.unclear_at is None:
        return False
    return (generation.finished_at or now) - generation.unclear_at >= UNCLEAR_SHOWN_RUNNING


def outcome_shown(generation: Generation, now: datetime) -> Outcome | None:
    """Tell how a generation ended as its tasks show it; None while it goes on."""
    return GIVEN_UP if is_given_up(generation, now) else generation.outcome


def status_shown(generation: Generation, now: datetime) -> Status:
    """Tell the status that a generation's tasks show."""
    outcome = outcome_shown(generation, now)
    if outcome is None:
        return _status(generation)
    return Status.SUCCEEDED if outcome.succeeded else Status.FAILED


def body(task: Face, generation: Generation, now: datetime) -> bytes:
    """Write a task as `GET /v1/tasks/{id}` answers it."""
    outcome = outcome_shown(generation, now)
    ending = _going_on(task, generation) if outcome is None else _ended(task, generation, outcome)
    return msgspec.json.encode({"id": task.id, "createdAt": _iso(task.created_at), **ending})


def expires_at(output: Iterable[str]) -> datetime | None:
    """Tell when the first of some signed URLs stops working; None when none says so."""
    expiries = [expiry for expiry in map(_expiry, output) if expiry is not None]
    return min(expiries, default=None)


def _going_on(task: Face, generation: Generation) -> dict[str, object]:
    status = _status(generation)
    going_on: dict[str, object] = {"status": status.value}
    if status is Status.RUNNING:
        going_on["progress"] = generation.progress or 0
    going_on["estimatedCost"] = _cost(task, generation.reserved)
    return going_on


def _status(generation: Generation) -> Status:
    match generation.stage:
        case Stage.QUEUED:
            return Status.THROTTLED
        case Stage.FORWARDING:
            return Status.PENDING
        case Stage.RUNNING if generation.upstream_status in (Status.PENDING, Status.THROTTLED):
            return generation.upstream_status
        case _:
            return Status.RUNNING


def _ended(task: Face, generation: Generation, outcome: Outcome) -> dict[str, object]:
    charged = generation.reserved if generation.charged is None else generation.charged
    cost = _cost(task, charged)
    if outcome.succeeded:
        return {"status": Status.SUCCEEDED.value, "output": outcome.output, "cost": cost}
    failed: dict[str, object] = {"status": Status.FAILED.value, "failure": outcome.failure or ""}
    if outcome.failure_code is not None:
        failed["failureCode"] = outcome.failure_code
    return {**failed, "cost": cost}


def _cost(task: Face, credits: Credits) -> dict[str, int | float]:
    """Only the payer's task costs."""
    return {"credits": shown(credits) if task.pays else 0}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _expiry(url: str) -> datetime | None:
    """Read `exp` from the payload of a JWT in the URL's query."""
    parts = url.partition(SIGNATURE)[2].partition("&")[0].split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return None
    try:
        payload = _EXPIRY.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(payload["exp"], UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None

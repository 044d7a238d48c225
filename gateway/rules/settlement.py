"""What a finished generation cost, from what Runway said of it."""

from msgspec import Struct

from gateway.rules.credits import ZERO, Credits
from gateway.rules.generation import Basis, Outcome, Status, UpstreamError

NOT_REFUNDED = ("SAFETY.INPUT",)
"""Failure codes, by prefix, that Runway charges for (docs: errors/task-failures)."""
DISPUTED = ("SAFETY.OUTPUT",)
"""Codes on which Runway's own pages disagree: refunded only when `cost` says so."""


class Observation(Struct, frozen=True):
    """One reading of an upstream task."""

    status: Status
    progress: float | None = None
    output: tuple[str, ...] = ()
    failure: str | None = None
    failure_code: str | None = None
    cost: Credits | None = None
    estimate: Credits | None = None


class Settlement(Struct, frozen=True):
    """What is booked when a generation closes."""

    outcome: Outcome
    charged: Credits
    basis: Basis


def settle(seen: Observation, reserved: Credits) -> Settlement:
    """Settle a terminal reading: Runway's `cost` where it gives one, else its documented rules."""
    if seen.cost is not None:
        return Settlement(_outcome(seen), seen.cost, Basis.OBSERVED)
    if seen.status is Status.FAILED and not _is_charged(seen.failure_code or ""):
        return Settlement(_outcome(seen), ZERO, Basis.ASSUMED)
    return Settlement(_outcome(seen), reserved, Basis.ASSUMED)


def cancelled(reserved: Credits) -> Settlement:
    """Settle a task that was deleted while it ran: its cost is unreadable and no refund was ever observed."""
    return Settlement(_CANCELLED, reserved, Basis.ASSUMED)


def refused(reason: str, *, code: str | None = None, error: UpstreamError | None = None) -> Settlement:
    """Settle a generation that never started upstream."""
    outcome = Outcome(succeeded=False, failure=reason, failure_code=code, error=error)
    return Settlement(outcome, ZERO, Basis.REFUSED)


_CANCELLED = Outcome(succeeded=False, failure="The task was cancelled.", failure_code="CANCELLED")


def _is_charged(code: str) -> bool:
    return code.startswith(NOT_REFUNDED + DISPUTED)


def _outcome(seen: Observation) -> Outcome:
    """Show CANCELLED as a failure: the synchronous Python SDK never stops polling CANCELLED."""
    if seen.status is Status.CANCELLED:
        return _CANCELLED
    return Outcome(
        succeeded=seen.status is Status.SUCCEEDED,
        output=seen.output,
        failure=seen.failure,
        failure_code=seen.failure_code,
    )

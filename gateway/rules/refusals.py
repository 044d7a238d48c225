"""Why a caller may not: one class per reason, its docstring is the message, its fields are the facts."""

from datetime import datetime

from msgspec import Struct

from gateway.rules.credits import shown
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit, Measure


class LimitFacts(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Which limit was hit. Amounts stay out where they are the organisation's own business."""

    owner: Owner
    measure: Measure
    per: str | None = None
    model: str | None = None
    amount: float | None = None
    spent: float | None = None
    reserved: float | None = None
    resets_at: datetime | None = None

    @classmethod
    def of(
        cls, owner: Owner, limit: Limit, *, total: int, held: int, resets_at: datetime | None
    ) -> "LimitFacts":
        """Tell an owner's limit and its use; `total` and `held` are as the account counts them."""
        if owner == ORGANIZATION:
            return cls(owner, limit.measure, limit.per, limit.model, resets_at=resets_at)
        show = shown if limit.measure is Measure.CREDITS else int
        return cls(
            owner,
            limit.measure,
            limit.per,
            limit.model,
            amount=show(limit.units),
            spent=show(total - held),
            reserved=show(held),
            resets_at=resets_at,
        )


class Issue(Struct, frozen=True):
    """One problem of a body, in the shape of Runway's `issues`."""

    code: str
    path: tuple[str | int, ...]
    message: str


class Refusal(Exception):
    """The caller may not."""

    code = "refused"

    @property
    def message(self) -> str:
        """One sentence: the docstring with the facts filled in."""
        return " ".join((self.__doc__ or "").split()).format_map(vars(self))


class Unauthenticated(Refusal):
    """This key is unknown, expired or revoked; use a key that your administrator gave you."""

    code = "unauthenticated"


class TooManyAttempts(Refusal):
    """Too many unknown keys came from this address; try again with a valid key in {retry_after} s."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after


class InvalidBody(Refusal):
    """Validation of body failed"""

    code = "invalid_body"

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        """Hold every problem at once, as Runway does."""
        self.issues = issues


class NotAllowed(Refusal):
    """{what} is not allowed for {owner}; ask your administrator to change its policy."""

    code = "not_allowed"

    def __init__(self, what: str, owner: Owner) -> None:
        self.what, self.owner = what, owner


class NotOffered(Refusal):
    """The gateway does not offer {operation} to teams yet; ask your administrator."""

    code = "not_offered"

    def __init__(self, operation: str) -> None:
        self.operation = operation


class TeamsOnly(Refusal):
    """An admin key only reads; for {operation}, use a team's key."""

    code = "teams_only"

    def __init__(self, operation: str) -> None:
        self.operation = operation


class AdminsOnly(Refusal):
    """This is a team's key, and administration takes an admin key; ask your administrator."""

    code = "admins_only"


class AboveCap(Refusal):
    """{what} of up to {asked} is above the cap of {allowed} for {owner}; ask for less."""

    code = "above_cap"

    def __init__(self, what: str, asked: float, *, allowed: float, owner: Owner) -> None:
        self.what, self.asked, self.allowed, self.owner = what, f"{asked:g}", f"{allowed:g}", owner


class BudgetExceeded(Refusal):
    """The {measure} limit of {owner} has no room for this request; wait for the reset or have it raised."""

    code = "budget_exceeded"

    def __init__(self, limit: LimitFacts) -> None:
        self.limit, self.owner, self.measure = limit, limit.owner, limit.measure


class TooManyRequests(Refusal):
    """{owner} makes too many requests per minute; try again in {retry_after} s."""

    code = "too_many_requests"

    def __init__(self, limit: LimitFacts, retry_after: int) -> None:
        self.limit, self.owner, self.retry_after = limit, limit.owner, retry_after


class NotReusable(Refusal):
    """No finished or running generation matches this request, and only a reuse was asked for."""

    code = "not_reusable"


class IdempotencyKeyReused(Refusal):
    """This Idempotency-Key was used for a different request; use a new key for a new request."""

    code = "idempotency_key_reused"


class NotFound(Refusal):
    """Could not find {what}"""

    code = "not_found"

    def __init__(self, what: str) -> None:
        self.what = what


class Invalid(Refusal):
    """{reason}"""

    code = "invalid"

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Conflict(Refusal):
    """{reason}"""

    code = "conflict"

    def __init__(self, reason: str) -> None:
        self.reason = reason


class VersionRequired(Refusal):
    """Policies carry a version: send If-Match with the version you read, or * to overwrite knowingly."""

    code = "version_required"


class TooLarge(Refusal):
    """The request body is larger than {bytes_max} bytes; upload media through /v1/uploads instead."""

    code = "too_large"

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max


class TooSlow(Refusal):
    """The request body took longer than {seconds_max} seconds to arrive; nothing was started. Try again."""

    code = "too_slow"

    def __init__(self, seconds_max: float) -> None:
        self.seconds_max = seconds_max


class Busy(Refusal):
    """The gateway is at its limit of {what}; try again in {retry_after} s."""

    code = "busy"

    def __init__(self, what: str, retry_after: int) -> None:
        self.what, self.retry_after = what, retry_after


class Unavailable(Refusal):
    """The gateway cannot decide now ({what}); nothing was started. Try again in {retry_after} s."""

    code = "unavailable"

    def __init__(self, what: str, retry_after: int = 1) -> None:
        self.what, self.retry_after = what, retry_after


class UpstreamAway(Refusal):
    """Runway could not be reached; nothing was started. Try again."""

    code = "upstream_away"
    failure_code = "UPSTREAM.AWAY"
    """What a task that was queued shows when Runway could not be reached."""


class UpstreamTimeout(Refusal):
    """Runway did not answer in time. Try again."""

    code = "upstream_timeout"


class UpstreamKeyRefused(Refusal):
    """Runway does not accept the gateway's own key; tell your administrator. Nothing was started."""

    code = "upstream_key_refused"


class UpstreamRefused(Refusal):
    """Runway refused this request."""

    code = "upstream_refused"

    def __init__(self, status: int, body: bytes) -> None:
        """Hold Runway's own status and error body, which reach the client unchanged."""
        self.status, self.body = status, body

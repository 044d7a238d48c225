"""How refusals become HTTP: one table, one shape of body, Runway's own with the facts beside it."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from gateway.rules import refusals
from gateway.rules.refusals import Invalid, InvalidBody, Refusal, UpstreamRefused

DOC_URL = "https://docs.dev.runwayml.com/api"
"""What Runway's own validation errors point to."""
RETRY_AFTER_MAX = 60
"""The Node SDK sleeps as long as it is told; the Python SDK ignores more than this."""

STATUS: dict[type[Refusal], int] = {
    refusals.Unauthenticated: 401,
    refusals.TooManyAttempts: 429,
    refusals.InvalidBody: 400,
    refusals.Invalid: 400,
    refusals.NotAllowed: 403,
    refusals.NotOffered: 403,
    refusals.TeamsOnly: 403,
    refusals.AdminsOnly: 403,
    refusals.AboveCap: 403,
    refusals.BudgetExceeded: 402,
    refusals.TooManyRequests: 429,
    refusals.NotReusable: 404,
    refusals.NotFound: 404,
    refusals.IdempotencyKeyReused: 422,
    refusals.Conflict: 409,
    refusals.VersionRequired: 428,
    refusals.TooLarge: 413,
    refusals.TooSlow: 408,
    refusals.Busy: 503,
    refusals.Unavailable: 503,
    refusals.UpstreamAway: 502,
    refusals.UpstreamKeyRefused: 502,
    refusals.UpstreamTimeout: 504,
}
"""Every refusal but `UpstreamRefused`, which carries Runway's own status."""

WORTH_A_RETRY = frozenset({408, 429, 502, 503, 504})


class Problem(Struct, frozen=True):
    """An error answer: status, headers, JSON body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def problem(refusal: Refusal, *, doc_url: str = DOC_URL) -> Problem:
    """Turn a refusal into an answer; `doc_url` is where an invalid request is explained."""
    if isinstance(refusal, UpstreamRefused):
        again = "true" if refusal.status in WORTH_A_RETRY - {429} else "false"
        return Problem(refusal.status, {"x-should-retry": again}, refusal.body)
    status = STATUS[type(refusal)]
    return Problem(status, _headers(refusal, status), _body(refusal, doc_url))


def _headers(refusal: Refusal, status: int) -> dict[str, str]:
    headers = {"x-should-retry": "true" if status in WORTH_A_RETRY else "false"}
    retry_after = getattr(refusal, "retry_after", None)
    if retry_after is not None:
        headers["retry-after"] = str(min(retry_after, RETRY_AFTER_MAX))
    if status == STATUS[refusals.Unauthenticated]:
        headers["www-authenticate"] = "Bearer"
    if status == STATUS[refusals.TooSlow]:
        headers["connection"] = "close"  # the rest of its body is not waited for
    return headers


def _body(refusal: Refusal, doc_url: str) -> bytes:
    content: dict[str, object] = {"error": refusal.message, "code": refusal.code}
    limit = getattr(refusal, "limit", None)
    if limit is not None:
        content["limit"] = limit
    if isinstance(refusal, InvalidBody):
        content["issues"] = refusal.issues
    if isinstance(refusal, InvalidBody | Invalid):
        content["docUrl"] = doc_url
    return msgspec.json.encode(content)

"""An HTTP refusal; nothing happened behind it."""

from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from mock_server.asgi import Answer
from mock_server.faults.fault import Fault
from mock_server.refusals import DOC_URL, Reason, refusal

ISSUES_MAX = 20
RETRY_SECONDS_MAX = 24 * 3600
ISSUE = {"code": "custom", "path": ["promptText"], "message": "Invalid input"}
ERRORS = {
    400: "Validation of body failed",
    404: "Could not find Task",
    429: "Your daily task limit has been reached.",
}
"""As Runway words them; the others have the phrase of their status."""


class Refuse(Fault, frozen=True, kw_only=True, tag="refuse"):
    """`retryAfter` in seconds becomes the header of that name. A 400 has `issues`, if need be made up."""

    argument: ClassVar[str] = "status"
    example: ClassVar[str] = "refuse:429;retryAfter=2"
    meaning: ClassVar[str] = "the request is refused with this status; nothing was created or charged"

    status: Annotated[int, Meta(ge=400, le=599)] = 503
    retry_after: Annotated[float, Meta(ge=0, le=RETRY_SECONDS_MAX)] | None = None
    error: str = ""
    issues: Annotated[list[dict[str, Any]], Meta(max_length=ISSUES_MAX)] | None = None

    def refusal(self) -> Answer:
        answer = refused(self.status, error=self.error, issues=self.issues)
        if self.retry_after is None:
            return answer
        return answer.with_header("retry-after", f"{self.retry_after:g}")


def refused(status: int, *, error: str = "", issues: list[dict[str, Any]] | None = None) -> Answer:
    """As Runway would refuse with that status."""
    facts: dict[str, object] = {"docUrl": DOC_URL}
    if issues is not None or status == HTTPStatus.BAD_REQUEST:
        facts["issues"] = [ISSUE] if issues is None else issues
    return refusal(status, error or _error(status), reason=Reason.FAULT, **facts)


def _error(status: int) -> str:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Refused"
    return ERRORS.get(status, phrase)

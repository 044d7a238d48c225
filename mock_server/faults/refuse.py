"""An HTTP refusal; nothing happened behind it."""

from http import HTTPStatus
from typing import Annotated, ClassVar

from msgspec import Meta

from mock_server.asgi import Answer
from mock_server.faults.fault import Fault
from mock_server.refusals import Reason, refusal


class Refuse(Fault, frozen=True, kw_only=True, tag="refuse"):
    """`retryAfter` in seconds becomes the header of that name."""

    argument: ClassVar[str] = "status"

    status: Annotated[int, Meta(ge=400, le=599)] = 503
    retry_after: float | None = None
    error: str = ""

    def refusal(self) -> Answer | None:
        answer = refusal(self.status, self.error or reason_phrase(self.status), reason=Reason.FAULT)
        return (
            answer if self.retry_after is None else answer.with_header("retry-after", f"{self.retry_after:g}")
        )


def reason_phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Refused"

"""The task is created and charged, but the client never learns its id."""

from typing import Annotated, ClassVar

from msgspec import Meta

from mock_server.asgi import Answer, Hangup
from mock_server.faults.fault import Fault, Sleep
from mock_server.faults.refuse import reason_phrase
from mock_server.refusals import Reason, refusal

SUCCESSES = range(200, 300)


class LoseAnswer(Fault, frozen=True, kw_only=True, tag="lose-answer"):
    """With a `status`, the client gets that instead; without one, its connection closes."""

    argument: ClassVar[str] = "status"
    creates_only: ClassVar[bool] = True

    status: Annotated[int, Meta(ge=400, le=599)] | None = None

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        del sleep
        if answer.status not in SUCCESSES:
            return answer
        if self.status is None:
            return Hangup()
        return refusal(self.status, reason_phrase(self.status), reason=Reason.FAULT)

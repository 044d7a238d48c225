"""The task is created and charged, but the client never learns its id."""

from typing import Annotated, ClassVar

from msgspec import Meta

from mock_server.asgi import Answer, Hangup
from mock_server.faults.fault import LosingFault, Sleep
from mock_server.faults.refuse import refused

SUCCESSES = range(200, 300)


class LoseAnswer(LosingFault, frozen=True, kw_only=True, tag="lose-answer"):
    """With a `status`, the client gets that instead; without one, its connection closes.

    Any other operation that it names is carried out in the same way, a DELETE for example.
    """

    argument: ClassVar[str] = "status"
    example: ClassVar[str] = "lose-answer:502"
    meaning: ClassVar[str] = (
        "the task is created and charged, but the client gets this status; without one, its connection closes"
    )
    creates_only: ClassVar[bool] = True

    status: Annotated[int, Meta(ge=400, le=599)] | None = None

    def refusal(self) -> Answer | Hangup | None:
        return self._instead if self.is_before else None

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        del sleep
        return self._instead if answer.status in SUCCESSES else answer

    @property
    def _instead(self) -> Answer | Hangup:
        return Hangup() if self.status is None else refused(self.status)

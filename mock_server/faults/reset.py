"""The connection is reset: the client sees an error of its system, not an end."""

from typing import ClassVar

from mock_server.asgi import Answer, Hangup, Parting
from mock_server.faults.fault import LosingFault, Sleep


class Reset(LosingFault, frozen=True, kw_only=True, tag="reset"):
    argument: ClassVar[str] = "stage"
    example: ClassVar[str] = "reset:before"
    meaning: ClassVar[str] = (
        "the connection is reset: before the request was carried out, during, or after (the default)"
    )

    def refusal(self) -> Answer | Hangup | None:
        return Hangup(Parting.RESET) if self.is_before else None

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        del answer, sleep
        return Hangup(Parting.RESET)

"""The answer begins at once, and then only drips."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.asgi import Answer, Dripping, Hangup
from mock_server.faults.fault import Fault, Sleep
from mock_server.faults.slow import SECONDS_MAX


class SlowBody(Fault, frozen=True, kw_only=True, tag="slow-body"):
    """`seconds` of real time from the headers to the end of the body."""

    argument: ClassVar[str] = "seconds"
    example: ClassVar[str] = "slow-body:5"
    meaning: ClassVar[str] = (
        "the answer begins at once, and its body comes in pieces over so many real seconds"
    )

    seconds: Annotated[float, Meta(ge=0, le=SECONDS_MAX)] = 5.0

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        del sleep
        match answer:
            case Answer():
                return msgspec.structs.replace(answer, manner=Dripping(self.seconds))
            case Hangup():
                return answer

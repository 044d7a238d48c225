"""The answer comes late; what was asked for is done at once."""

from typing import Annotated, ClassVar

from msgspec import Meta

from mock_server.asgi import Answer, Hangup
from mock_server.faults.fault import Fault, Sleep

SECONDS_MAX = 300


class Slow(Fault, frozen=True, kw_only=True, tag="slow"):
    """`seconds` of real time, whatever the tenant's clock says: it is the client that waits."""

    argument: ClassVar[str] = "seconds"
    example: ClassVar[str] = "slow:5"
    meaning: ClassVar[str] = (
        "the request is carried out at once, and its answer begins after so many real seconds"
    )

    seconds: Annotated[float, Meta(ge=0, le=SECONDS_MAX)] = 5.0

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        await sleep(self.seconds)
        return answer

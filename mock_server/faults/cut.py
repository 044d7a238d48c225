"""The answer breaks off: its headers promise more than comes."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.asgi import Answer, CutOff, Hangup
from mock_server.faults.fault import Fault, Sleep


class Cut(Fault, frozen=True, kw_only=True, tag="cut"):
    """`share` of the body arrives, then the connection closes."""

    argument: ClassVar[str] = "share"
    example: ClassVar[str] = "cut:0.5"
    meaning: ClassVar[str] = (
        "the request is carried out, but after this share of the answer's body the connection closes"
    )

    share: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        del sleep
        match answer:
            case Answer():
                return msgspec.structs.replace(answer, manner=CutOff(self.share))
            case Hangup():
                return answer

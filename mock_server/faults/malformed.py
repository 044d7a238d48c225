"""The answer arrives whole, but is no JSON."""

from typing import ClassVar

import msgspec

from mock_server.asgi import Answer, Hangup
from mock_server.faults.fault import Fault, Sleep


class Malformed(Fault, frozen=True, kw_only=True, tag="malformed"):
    """The status stays what it was, and half of the JSON is missing."""

    argument: ClassVar[str] = ""
    example: ClassVar[str] = "malformed"
    meaning: ClassVar[str] = "the request is carried out, but the body of its answer is half a JSON text"

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        del sleep
        match answer:
            case Answer(body=body):
                return msgspec.structs.replace(answer, body=body[: len(body) // 2])
            case Hangup():
                return answer

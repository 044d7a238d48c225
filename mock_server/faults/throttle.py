"""The task waits, although there is a place for it."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.clock import milliseconds
from mock_server.faults.fault import Fault
from mock_server.faults.lasts import SECONDS_MAX
from mock_server.script import Script


class Throttle(Fault, frozen=True, kw_only=True, tag="throttle"):
    """For `seconds` of the tenant's clock; without any, for ever."""

    argument: ClassVar[str] = "seconds"
    example: ClassVar[str] = "throttle:60"
    meaning: ClassVar[str] = (
        "the task stays THROTTLED for so long before it gets in line; without seconds, for ever"
    )
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = frozenset()

    seconds: Annotated[float, Meta(gt=0, le=SECONDS_MAX)] | None = None

    def rewrite(self, script: Script) -> Script:
        held_back = None if self.seconds is None else milliseconds(self.seconds)
        return msgspec.structs.replace(script, held_back=held_back)

"""The task runs for as long as one says."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.clock import milliseconds
from mock_server.faults.fault import PREPARED, Fault
from mock_server.script import Script

SECONDS_MAX = 7 * 24 * 3600


class Lasts(Fault, frozen=True, kw_only=True, tag="lasts"):
    argument: ClassVar[str] = "seconds"
    example: ClassVar[str] = "lasts:60"
    meaning: ClassVar[str] = "the task runs so long"
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = PREPARED

    seconds: Annotated[float, Meta(ge=0, le=SECONDS_MAX)]

    def rewrite(self, script: Script) -> Script:
        return msgspec.structs.replace(script, running=milliseconds(self.seconds))

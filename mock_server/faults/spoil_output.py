"""The task succeeds, but its files are of no use."""

from typing import ClassVar

import msgspec

from mock_server.faults.fault import Fault
from mock_server.script import Flaw, Script


class SpoilOutput(Fault, frozen=True, kw_only=True, tag="spoil-output"):
    argument: ClassVar[str] = "flaw"
    example: ClassVar[str] = "spoil-output:expired"
    meaning: ClassVar[str] = (
        "the task succeeds, but its outputs are `dead` (404), `expired` (403), `corrupt` (garbled), "
        "`empty`, or of a `wrong-type` (an HTML page)"
    )
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = frozenset()

    flaw: Flaw = Flaw.DEAD

    def rewrite(self, script: Script) -> Script:
        return msgspec.structs.replace(script, flaw=self.flaw)

"""The progress of a running task goes backwards."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.faults.fault import Fault
from mock_server.script import PROGRESS_MAX, Script, Setback


class Backwards(Fault, frozen=True, kw_only=True, tag="backwards"):
    """At the progress `at` the task shows `to`, goes on from there, and ends when it would have ended."""

    argument: ClassVar[str] = "to"
    example: ClassVar[str] = "backwards:0.2"
    meaning: ClassVar[str] = "the progress falls from `at` (0.6) back to this"
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = frozenset()

    to: Annotated[float, Meta(ge=0, le=PROGRESS_MAX)] = 0.2
    at: Annotated[float, Meta(ge=0, le=PROGRESS_MAX)] = 0.6

    def rewrite(self, script: Script) -> Script:
        return msgspec.structs.replace(script, setback=Setback(self.at, min(self.to, self.at)))

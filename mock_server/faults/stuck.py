"""The task runs up to a certain progress and stays there for ever."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.faults.fault import PREPARED, Fault
from mock_server.script import PROGRESS_MAX, Script


class Stuck(Fault, frozen=True, kw_only=True, tag="stuck"):
    argument: ClassVar[str] = "progress"
    example: ClassVar[str] = "stuck:0.99"
    meaning: ClassVar[str] = "the task runs up to that progress and stays there"
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = PREPARED

    progress: Annotated[float, Meta(ge=0, le=PROGRESS_MAX)] = 0.0

    def rewrite(self, script: Script) -> Script:
        return msgspec.structs.replace(script, stuck_at=self.progress)

"""The task succeeds, but costs something else than was estimated."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.credits import credits_of
from mock_server.faults.fault import Fault
from mock_server.script import Script, Succeeds

CREDITS_MAX = 1_000_000


class Cost(Fault, frozen=True, kw_only=True, tag="cost"):
    """In whole credits. More than the estimate is possible, although Runway says that it does not happen."""

    argument: ClassVar[str] = "credits"
    example: ClassVar[str] = "cost:12"
    meaning: ClassVar[str] = "the task succeeds and costs that, less or more than its estimate"
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = frozenset()

    credits: Annotated[int, Meta(ge=0, le=CREDITS_MAX)]

    def rewrite(self, script: Script) -> Script:
        if not isinstance(script.ending, Succeeds):
            return script
        return msgspec.structs.replace(script, ending=Succeeds(credits_of(self.credits)))

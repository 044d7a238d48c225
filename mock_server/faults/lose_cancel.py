"""A cancel that comes too late."""

from typing import ClassVar

import msgspec

from mock_server.faults.fault import Fault
from mock_server.script import CancelEnd, Script


class LoseCancel(Fault, frozen=True, kw_only=True, tag="lose-cancel"):
    """Of a task that runs. One that waits can still be cancelled in time.

    It comes with the create, and then concerns every DELETE of that task; or with one DELETE.
    """

    argument: ClassVar[str] = "end"
    example: ClassVar[str] = "lose-cancel:not-found"
    meaning: ClassVar[str] = (
        "DELETE of the running task answers 204, but it had just `ended` and costs what that costs; or it is "
        "`ignored` and goes on; or `not-found`: DELETE answers 404, and it goes on"
    )

    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = frozenset({"tasks_delete"})

    end: CancelEnd = CancelEnd.ENDED

    def rewrite(self, script: Script) -> Script:
        return msgspec.structs.replace(script, cancel_end=self.end)

    def cancel_end(self) -> CancelEnd | None:
        return self.end

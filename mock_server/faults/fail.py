"""The task fails with a failure code of Runway's."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.faults.fault import PREPARED, Fault
from mock_server.script import Fails, Script

NO_CODE = "none"


class Fail(Fault, frozen=True, kw_only=True, tag="fail"):
    """`progress` is how far the task comes before. `refunded` overrules what the code says of the credits."""

    argument: ClassVar[str] = "code"
    example: ClassVar[str] = "fail:SAFETY.OUTPUT.VIDEO;refunded=false"
    meaning: ClassVar[str] = (
        "the task fails with that code when it has come as far as `progress` (0.6); `none` is no code"
    )
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = PREPARED | {"realtime_sessions_create"}

    code: Annotated[str, Meta(pattern=r"^(none|[A-Z0-9_]+(\.[A-Z0-9_]+)*)$", max_length=100)] = "INTERNAL"
    progress: Annotated[float, Meta(ge=0, le=1)] = 0.6
    refunded: bool | None = None

    def rewrite(self, script: Script) -> Script:
        code = None if self.code == NO_CODE else self.code
        return msgspec.structs.replace(script, ending=Fails(code, self.progress, self.refunded))

"""What every fault has: a scope, a schedule, and the three places where it may step in."""

from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.asgi import Answer, Hangup
from mock_server.script import Script

Sleep = Callable[[float], Awaitable[None]]


class Fault(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="fault", rename="camel", forbid_unknown_fields=True
):
    """`operation`, `model` and `tenant` narrow where it applies.

    There, it fires at `every` second, third … chance, each time with `probability`, at most `times` times.
    """

    operation: str | None = None
    model: str | None = None
    tenant: str | None = None
    times: Annotated[int, Meta(ge=1)] | None = None
    every: Annotated[int, Meta(ge=1)] = 1
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0

    argument: ClassVar[str]
    """The field that a token's argument sets: `[[refuse:503]]` sets `status`."""
    creates_only: ClassVar[bool] = False

    def refusal(self) -> Answer | None:
        """Before anything was done: an answer instead."""
        return None

    def rewrite(self, script: Script) -> Script:
        """While a task is made: another fate for it."""
        return script

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        """After everything was done: what reaches the client, and when."""
        del sleep
        return answer

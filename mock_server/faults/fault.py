"""What every fault has: a scope, a schedule, and the places where it may step in."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from mock_server.asgi import Answer, Hangup
from mock_server.credits import Credits
from mock_server.script import CancelEnd, Script

Sleep = Callable[[float], Awaitable[None]]

PREPARED = frozenset({"avatars_create", "avatars_update", "voices_create"})
"""What they make takes its time, as tasks do."""
WINDOW_SECONDS_MAX = 10 * 365 * 24 * 3600
SETTLES_SECONDS = 5.0
SETTLES_SECONDS_MAX = 24 * 3600


class Stage(StrEnum):
    """When a request is lost: before it was carried out, while it is, or after."""

    BEFORE = "before"
    DURING = "during"  # it counts only a while after the client saw the error
    AFTER = "after"


class Fault(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="fault", rename="camel", forbid_unknown_fields=True
):
    """`operation`, `model` and `tenant` narrow where it applies.

    There, it fires at `every` second, third … chance, each time with `probability`, at most `times` times,
    and from `opens_after` until `closes_after` seconds after it was armed, as the tenant's clock counts them.
    `seed` makes its chances repeatable by itself.
    """

    operation: str | None = None
    model: str | None = None
    tenant: str | None = None
    times: Annotated[int, Meta(ge=1)] | None = None
    every: Annotated[int, Meta(ge=1)] = 1
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0
    opens_after: Annotated[float, Meta(ge=0, le=WINDOW_SECONDS_MAX)] = 0.0
    closes_after: Annotated[float, Meta(ge=0, le=WINDOW_SECONDS_MAX)] | None = None
    seed: int | None = None

    argument: ClassVar[str]
    """The field that a token's argument sets: `[[refuse:503]]` sets `status`. Empty: it takes none."""
    example: ClassVar[str]
    """A token, without its brackets."""
    meaning: ClassVar[str]
    """What happens, in a sentence."""
    creates_only: ClassVar[bool] = False
    """Whether it spares all but creates of tasks, unless it names another operation."""
    also: ClassVar[frozenset[str] | None] = None
    """Operations that it may name besides creates; None is any."""

    @property
    def settles_after(self) -> float:
        """Seconds of the tenant's clock until a create counts."""
        return 0.0

    def refusal(self) -> Answer | Hangup | None:
        """Before anything was done: an answer instead."""
        return None

    def price(self, usual: Credits) -> Credits:
        """While a task is made: the most that it may cost."""
        return usual

    def rewrite(self, script: Script) -> Script:
        """While a task is made: another fate for it."""
        return script

    def cancel_end(self) -> CancelEnd | None:
        """While a running task is cancelled: what becomes of that instead."""
        return None

    async def deliver(self, answer: Answer | Hangup, sleep: Sleep) -> Answer | Hangup:
        """After everything was done: what reaches the client, and when."""
        del sleep
        return answer


class LosingFault(Fault, frozen=True, kw_only=True):
    """A fault by which the client does not learn what became of its request.

    With the stage `during`, a create counts only `settles` seconds of the tenant's clock later.
    """

    stage: Stage = Stage.AFTER
    settles: Annotated[float, Meta(ge=0.001, le=SETTLES_SECONDS_MAX)] = SETTLES_SECONDS

    @property
    def is_before(self) -> bool:
        return self.stage is Stage.BEFORE

    @property
    def settles_after(self) -> float:
        return self.settles if self.stage is Stage.DURING else 0.0

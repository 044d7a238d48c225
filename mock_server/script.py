"""What will become of a task, decided when it is created."""

from enum import StrEnum
from typing import assert_never

import msgspec

from mock_server.credits import Credits

PROGRESS_MAX = 0.99  # a running task never shows 1: it would be finished


class Succeeds(msgspec.Struct, frozen=True):
    cost: Credits


class Fails(msgspec.Struct, frozen=True):
    """`code` None is a failure without a code. `progress` is how far the task comes.

    `is_refunded` None leaves it to the code.
    """

    code: str | None
    progress: float
    is_refunded: bool | None = None


Ending = Succeeds | Fails


class Setback(msgspec.Struct, frozen=True):
    """At this progress, the task shows a smaller one and goes on from there."""

    at: float
    to: float


class Flaw(StrEnum):
    """What is wrong with the outputs of a task that succeeds."""

    DEAD = "dead"  # the URLs answer 404
    EXPIRED = "expired"  # they had expired when they were handed out
    CORRUPT = "corrupt"  # the first bytes of the files are garbled
    EMPTY = "empty"  # they have no bytes
    WRONG_TYPE = "wrong-type"  # they are HTML pages


class CancelEnd(StrEnum):
    """What becomes of a running task that is cancelled."""

    CANCELLED = "cancelled"
    ENDED = "ended"  # 204, but it had just ended by itself, and costs what that costs
    IGNORED = "ignored"  # 204, but it goes on and can still be read
    NOT_FOUND = "not-found"  # 404, and it goes on


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Times in milliseconds. `held_back` is the time before the task waits in line; None is for ever."""

    pending: int
    running: int
    ending: Ending
    held_back: int | None = 0
    stuck_at: float | None = None
    setback: Setback | None = None
    flaw: Flaw | None = None
    cancel_end: CancelEnd = CancelEnd.CANCELLED

    @property
    def end_after(self) -> int | None:
        """From the start of running to the end; None when the end never comes."""
        if self.stuck_at is not None:
            return None
        match self.ending:
            case Succeeds():
                return self.running
            case Fails(progress=progress):
                return round(self.running * progress)
            case _:
                assert_never(self.ending)

    def shown_progress(self, elapsed: int) -> float:
        """So many milliseconds after the task began to run: from 0 to 0.99, in hundredths."""
        limit = PROGRESS_MAX if self.stuck_at is None else self.stuck_at
        share = min(elapsed / self.running if self.running else limit, limit)
        if self.setback is not None and share >= self.setback.at:
            share -= self.setback.at - self.setback.to
        return int(share * 100 + 1e-9) / 100

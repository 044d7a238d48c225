"""What will become of a task, decided when it is created."""

from typing import assert_never

import msgspec

from mock_server.credits import Credits

PROGRESS_MAX = 0.99  # a running task never shows 1: it would be finished


class Succeeds(msgspec.Struct, frozen=True):
    cost: Credits


class Fails(msgspec.Struct, frozen=True):
    """`code` None is a failure without a code. `progress` is how far the task comes."""

    code: str | None
    progress: float


Ending = Succeeds | Fails


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Times in milliseconds."""

    pending: int
    running: int
    ending: Ending
    stuck_at: float | None = None

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

"""The one way in which a test waits for another program: it asks again, within bounds."""

import time
from collections.abc import Callable
from typing import TypeVar

LOOK_SECONDS = 0.05
WAIT_SECONDS_MAX = 20.0

Answer = TypeVar("Answer")


class NeverHappened(AssertionError):
    """What a test waited for did not come."""


def wait_until(ask: Callable[[], Answer], what: str, *, seconds_max: float = WAIT_SECONDS_MAX) -> Answer:
    """Ask until the answer is true and return it. Raises NeverHappened with `what` and the last answer."""
    deadline = time.monotonic() + seconds_max
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise NeverHappened(f"{what}: not within {seconds_max} s; the last answer was {answer!r}")
        time.sleep(LOOK_SECONDS)
    return answer

"""Read by every Python that starts with this folder in PYTHONPATH: its gateway's clock runs ahead.

By how many seconds stands in the file that `CLOCK_AHEAD` names. Whoever sleeps wakes when this clock says so.
"""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from gateway import world

LOOK_SECONDS = 0.02
_ahead = Path(os.environ["CLOCK_AHEAD"])


def seconds_ahead() -> float:
    """Read it anew each time: the test writes it whenever it likes."""
    return float(_ahead.read_text())


def store_time() -> int:
    """Tell microseconds since 1970, by which leases run out."""
    return time.time_ns() // 1000 + int(seconds_ahead() * 1_000_000)


class ClockAhead:
    """The port Clock, ahead."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds_ahead())

    async def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(min(left, LOOK_SECONDS))


world.World = partial(world.World, clock=ClockAhead(), store_time=store_time)  # type: ignore[assignment,misc]

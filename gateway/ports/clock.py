"""Time, as something passed in."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for rules and records; waiting for loops."""

    def now(self) -> datetime:
        """Tell the time, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        ...

"""How often a running generation is read, and when it counts as stuck."""

from datetime import datetime, timedelta

from gateway.rules.generation import Generation, Status

POLL_FIRST = timedelta(seconds=5)
"""Runway updates a task no more often than every 5 s and asks for polls at least that far apart."""
POLL_LAST = timedelta(seconds=15)
LONG_AFTER = timedelta(minutes=3)
"""Most generations are done by then; those that are not are read less often."""
STUCK_AFTER = timedelta(minutes=30)
"""No change of status or progress for this long: users report tasks that stay at 0 % or 99 % for hours."""
THROTTLED_LONG_AFTER = timedelta(hours=24)
"""What waits in Runway's own queue does not move; it may wait for a daily cap, which rolls over 24 h."""


def poll_delay(generation: Generation, now: datetime) -> timedelta:
    """Tell how long to wait before a running generation is read again."""
    return POLL_FIRST if now - generation.held_since < LONG_AFTER else POLL_LAST


def is_stuck(generation: Generation, now: datetime) -> bool:
    """Tell whether a running generation has stood still for too long."""
    waits = generation.upstream_status is Status.THROTTLED
    moved = generation.progress_at or generation.held_since
    return now - moved >= (THROTTLED_LONG_AFTER if waits else STUCK_AFTER)

"""Which buckets no window counts any more, told by their names."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from gateway.rules import windows
from gateway.rules.policy import Per


def ended_before(instant: datetime) -> Callable[[str], bool]:
    """Make a test whether the last window that counts a bucket ended before an instant.

    Names of one window's buckets sort as their times do, so a bucket has ended when it sorts before the
    first one that still counts.
    """

    @cache
    def first_counted(per: str, zone: str) -> str:
        return windows.counted_buckets(Per(per), zone or None, instant)[0]

    def has_ended(name: str) -> bool:
        *_, per, zone, _model, bucket = name.split("|")
        return per != "" and bucket < first_counted(per, zone)

    return has_ended

"""The stretch of time that a query asks about."""

from typing import NamedTuple

from mock_server import issues, refusals
from mock_server.calls import Call, Refused
from mock_server.clock import MOMENT_MAX, Moment, moment_of


class Window(NamedTuple):
    """From `first` on, earlier than `before`."""

    first: Moment
    before: Moment

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, int) and self.first <= moment < self.before


def window(call: Call, first: str, before: str) -> Window:
    """By the names of its two parameters; what is not given is open."""
    return Window(_moment(call, first, Moment(0)), _moment(call, before, MOMENT_MAX))


def _moment(call: Call, name: str, default: Moment) -> Moment:
    if name not in call.query:
        return default
    try:
        return min(max(moment_of(call.query[name]), Moment(0)), MOMENT_MAX)
    except (ValueError, OverflowError):
        raise Refused(refusals.invalid_query([issues.custom("Invalid ISO datetime", [name])])) from None

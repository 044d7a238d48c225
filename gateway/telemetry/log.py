"""Writes events as lines of JSON: an event's own fields, and nothing else."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Protocol

import msgspec
from msgspec import Struct, structs

from gateway.rules import events
from gateway.rules.credits import Credits, shown
from gateway.rules.events import Event
from gateway.telemetry.labels import Labeller

TEXT_MAX = 200
"""Characters of a text field; upstream codes and reasons are far shorter."""


class Stream(Protocol):
    """Where lines go. Raises OSError, ValueError when they cannot."""

    def write(self, lines: str, /) -> object: ...


class LogLinesLost(Struct, frozen=True):
    """So many lines before this one could not be written."""

    lines: int


_LEVELS: dict[type[Event | LogLinesLost], str] = {
    events.StepFailed: "error",
    events.LedgerLost: "error",
    events.StoreAway: "error",
    LogLinesLost: "warning",
    events.Unclear: "warning",
    events.Stuck: "warning",
    events.PriceDiffered: "warning",
    events.Abandoned: "warning",
}
_WRITTEN_BY_CALLERS = ("operation", "model")


class Log:
    """One line per event. After lines that were lost, the next one says how many they were."""

    def __init__(self, stream: Stream, *, labellers: Mapping[str, Labeller]) -> None:
        """Write to `stream`; `labellers` bound operation and model, which a caller may fill with anything."""
        self._stream = stream
        self._labellers = {name: labellers[name] for name in _WRITTEN_BY_CALLERS}
        self._lost = 0

    def write(self, event: Event, at: datetime) -> bool:
        """Write the line of what happened at a time; False when it could not be.

        Reads that went well have none.
        """
        if _is_routine(event):
            return True
        due = [LogLinesLost(self._lost), event] if self._lost else [event]
        try:
            self._stream.write("".join(self._line(each, at) for each in due))
        except (OSError, ValueError):  # a reader that stands still, a closed stream: no reason to fail
            self._lost += 1
            return False
        self._lost = 0
        return True

    def _line(self, event: Event | LogLinesLost, at: datetime) -> str:
        return msgspec.json.encode(self._told(event, at)).decode() + "\n"

    def _told(self, event: Event | LogLinesLost, at: datetime) -> dict[str, object]:
        line: dict[str, object] = {
            "time": at,
            "level": _LEVELS.get(type(event), "info"),
            "event": _event_name(type(event)),
        }
        for name in _fields(type(event)):
            value = getattr(event, name)
            if value is not None:
                line[name] = self._shown(event, name, value)
        return line

    def _shown(self, event: Event | LogLinesLost, name: str, value: object) -> object:
        if name in self._labellers:
            return self._labellers[name](value)
        if isinstance(value, str):
            return value[:TEXT_MAX]
        if isinstance(value, int) and name in _credit_fields(type(event)):
            return shown(value)
        return value


def _is_routine(event: Event) -> bool:
    """Tell what needs no line of its own: metrics count it.

    Polls and other reads that went well are thousands a second; a create that reached Runway says so itself.
    """
    match event:
        case events.Answered(method="GET") | events.UpstreamCalled(call="read" | "create"):
            return event.status is not None and event.status < HTTPStatus.BAD_REQUEST
        case events.Polled():
            return True
        case _:
            return False


@cache
def _event_name(event: type[Event | LogLinesLost]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


@cache
def _fields(event: type[Event | LogLinesLost]) -> tuple[str, ...]:
    return tuple(sorted(event.__struct_fields__, key=lambda name: name != "request_id"))


@cache
def _credit_fields(event: type[Event | LogLinesLost]) -> frozenset[str]:
    return frozenset(field.name for field in structs.fields(event) if field.type is Credits)

"""Writes events as lines of JSON: an event's own fields, and nothing else."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import TextIO

import msgspec
from msgspec import structs

from gateway.rules import events
from gateway.rules.credits import Credits, shown
from gateway.rules.events import Event
from gateway.telemetry.labels import Labeller

TEXT_MAX = 200
"""Characters of a text field; upstream codes and reasons are far shorter."""

_LEVELS: dict[type[Event], str] = {
    events.StepFailed: "error",
    events.LedgerLost: "error",
    events.StoreAway: "error",
    events.Unclear: "warning",
    events.Stuck: "warning",
    events.PriceDiffered: "warning",
    events.Abandoned: "warning",
}
_WRITTEN_BY_CALLERS = ("operation", "model")


class Log:
    """One line per event, flushed at once, so that the last one before a crash is there."""

    def __init__(
        self, stream: TextIO, *, now: Callable[[], datetime], labellers: Mapping[str, Labeller]
    ) -> None:
        """Write to `stream`; `labellers` bound operation and model, which a caller may fill with anything."""
        self._stream = stream
        self._now = now
        self._labellers = {name: labellers[name] for name in _WRITTEN_BY_CALLERS}

    def write(self, event: Event) -> bool:
        """Write an event's line; False when it could not be written. Reads that went well have none."""
        if _is_routine(event):
            return True
        try:
            self._stream.write(msgspec.json.encode(self._line(event)).decode() + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # a full disk, a closed pipe or stream: no reason to fail a create
            return False
        return True

    def _line(self, event: Event) -> dict[str, object]:
        line: dict[str, object] = {
            "time": self._now(),
            "level": _LEVELS.get(type(event), "info"),
            "event": _event_name(type(event)),
        }
        for name in _fields(type(event)):
            value = getattr(event, name)
            if value is not None:
                line[name] = self._shown(event, name, value)
        return line

    def _shown(self, event: Event, name: str, value: object) -> object:
        if name in self._labellers:
            return self._labellers[name](value)
        if isinstance(value, str):
            return value[:TEXT_MAX]
        if isinstance(value, int) and name in _credit_fields(type(event)):
            return shown(value)
        return value


def _is_routine(event: Event) -> bool:
    """Tell polls and other reads that went well: there are thousands a second, and metrics count them."""
    match event:
        case events.Answered(method="GET") | events.UpstreamCalled(call="read"):
            return event.status is not None and event.status < HTTPStatus.BAD_REQUEST
        case events.Polled():
            return True
        case _:
            return False


@cache
def _event_name(event: type[Event]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


@cache
def _fields(event: type[Event]) -> tuple[str, ...]:
    return tuple(sorted(event.__struct_fields__, key=lambda name: name != "request_id"))


@cache
def _credit_fields(event: type[Event]) -> frozenset[str]:
    return frozenset(field.name for field in structs.fields(event) if field.type is Credits)

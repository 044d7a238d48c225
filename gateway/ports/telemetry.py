"""Where events are told."""

from typing import Protocol

from gateway.rules.events import Event


class Report(Protocol):
    """Tell an event, once; never fails, never waits."""

    def __call__(self, event: Event) -> None: ...

"""The port `Report`: each event counted and logged, a moment later, so that no answer waits for it."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from gateway.rules.events import Answered, Event
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics

TELL_SECONDS = 0.005
"""How late events are told, unless a request was answered: then at once, for nobody waits any more."""
UNTOLD_MAX = 1_000
"""Events that may wait: so many are told at once."""


class Telemetry:
    """Tells events to the metrics and the log, in their order and with their own time."""

    def __init__(
        self,
        metrics: Metrics,
        log: Log,
        *,
        now: Callable[[], datetime],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._metrics = metrics
        self._log = log
        self._now = now
        self._call_later = call_later
        self._untold: deque[tuple[datetime, Event]] = deque()
        self._will_tell = False

    def __call__(self, event: Event) -> None:
        """Tell one event, soon."""
        self._untold.append((self._now(), event))
        if isinstance(event, Answered) or len(self._untold) >= UNTOLD_MAX:
            self.tell()
        elif not self._will_tell:
            self._call_later(TELL_SECONDS, self.tell)
            self._will_tell = True

    def tell(self) -> None:
        """Tell all that has happened so far."""
        self._will_tell = False
        while self._untold:
            at, event = self._untold.popleft()
            self._metrics.count(event)
            if not self._log.write(event, at):
                self._metrics.log_line_lost()

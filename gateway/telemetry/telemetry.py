"""The port `Report`: each event counted and logged."""

from dataclasses import dataclass

from gateway.rules.events import Event
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True)
class Telemetry:
    """Tells events to the metrics and the log."""

    metrics: Metrics
    log: Log

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        self.metrics.count(event)
        if not self.log.write(event):
            self.metrics.log_line_lost()

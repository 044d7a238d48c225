import io
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics, labellers
from gateway.telemetry.telemetry import Telemetry
from tests.gateway.telemetry.examples import ADMITTED, MODEL, OPERATION


def telemetry(stream: io.StringIO, registry: CollectorRegistry) -> Telemetry:
    labels = labellers({MODEL}, {OPERATION})
    return Telemetry(
        Metrics(registry, labels), Log(stream, now=lambda: datetime(2026, 3, 1, tzinfo=UTC), labellers=labels)
    )


def test_an_event_is_counted_and_written() -> None:
    stream, registry = io.StringIO(), CollectorRegistry()

    telemetry(stream, registry)(ADMITTED)

    labels = {"team": "ads", "operation": OPERATION, "model": MODEL}
    assert registry.get_sample_value("runway_gateway_creates_total", labels) == 1
    assert '"event":"admitted"' in stream.getvalue()


def test_a_line_that_is_lost_is_counted() -> None:
    stream, registry = io.StringIO(), CollectorRegistry()
    report = telemetry(stream, registry)
    stream.close()

    report(ADMITTED)

    assert registry.get_sample_value("runway_gateway_log_lines_lost_total") == 1

from prometheus_client import CollectorRegistry, Counter

from gateway.telemetry.exposition import GaugeRow, GaugeRows, expose


def row(value: float, **labels: str) -> GaugeRow:
    return GaugeRow("runway_gateway_generations", "Not done.", labels, value)


def test_rows_of_one_name_are_one_metric() -> None:
    registry = CollectorRegistry()
    GaugeRows(registry).rows = [row(2, stage="queued"), row(1, stage="running")]

    assert expose(registry).decode() == (
        "# HELP runway_gateway_generations Not done.\n"
        "# TYPE runway_gateway_generations gauge\n"
        'runway_gateway_generations{stage="queued"} 2.0\n'
        'runway_gateway_generations{stage="running"} 1.0\n'
    )


def test_a_row_that_is_gone_is_exposed_no_more() -> None:
    registry = CollectorRegistry()
    gauges = GaugeRows(registry)
    gauges.rows = [row(2, stage="queued")]

    gauges.rows = []

    assert expose(registry) == b""


def test_registries_are_one_text() -> None:
    counters, gauges = CollectorRegistry(), CollectorRegistry()
    Counter("a_total", "A.", registry=counters).inc()
    GaugeRows(gauges).rows = [row(2)]

    text = expose(counters, gauges)

    assert b"\na_total 1.0\n" in text
    assert b"\nrunway_gateway_generations 2.0\n" in text

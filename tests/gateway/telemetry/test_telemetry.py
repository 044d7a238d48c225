import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from gateway.rules.events import Answered
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics, labellers
from gateway.telemetry.telemetry import TELL_SECONDS, UNTOLD_MAX, Telemetry
from tests.gateway.telemetry.examples import ADMITTED, ADS, MODEL, OPERATION, REFUSED

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWERED = Answered(route="/v1/image_to_video", method="POST", status=200, seconds=0.004, team=ADS)


@dataclass
class Scene:
    """Telemetry with a clock and timers that a test moves."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    timers: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    now: datetime = NOON

    def __post_init__(self) -> None:
        labels = labellers({MODEL}, {OPERATION})
        self.telemetry = Telemetry(
            Metrics(self.registry, labels),
            Log(self.stream, labellers=labels),
            now=lambda: self.now,
            call_later=lambda seconds, step: self.timers.append((seconds, step)),
        )

    @property
    def lines(self) -> list[tuple[str, str]]:
        lines = map(json.loads, self.stream.getvalue().splitlines())
        return [(line["event"], line["time"]) for line in lines]

    @property
    def creates(self) -> float | None:
        labels = {"team": "ads", "operation": OPERATION, "model": MODEL}
        return self.registry.get_sample_value("runway_gateway_creates_total", labels)


def test_events_are_counted_and_written_later_with_their_own_time_by_one_timer() -> None:
    scene = Scene()

    scene.telemetry(ADMITTED)
    scene.now += timedelta(seconds=1)
    scene.telemetry(REFUSED)

    assert (scene.lines, scene.creates) == ([], None)
    [(seconds, step)] = scene.timers
    assert seconds == TELL_SECONDS
    step()
    assert scene.lines == [("admitted", "2026-03-01T12:00:00Z"), ("refused", "2026-03-01T12:00:01Z")]
    assert scene.creates == 1


def test_what_happened_before_an_answer_is_told_with_it_and_once() -> None:
    scene = Scene()

    scene.telemetry(ADMITTED)
    scene.telemetry(ANSWERED)
    told = scene.lines
    for _, step in scene.timers:
        step()

    assert [event for event, _ in told] == ["admitted", "answered"]
    assert scene.lines == told


def test_a_timer_is_set_for_what_comes_after_an_answer() -> None:
    scene = Scene()
    scene.telemetry(ANSWERED)

    scene.telemetry(ADMITTED)

    assert len(scene.timers) == 1


def test_no_more_than_so_many_wait() -> None:
    scene = Scene()

    for _ in range(UNTOLD_MAX):
        scene.telemetry(ADMITTED)

    assert scene.creates == UNTOLD_MAX


def test_a_line_that_is_lost_is_counted() -> None:
    scene = Scene()
    scene.stream.close()

    scene.telemetry(ADMITTED)
    scene.telemetry.tell()

    assert scene.registry.get_sample_value("runway_gateway_log_lines_lost_total") == 1

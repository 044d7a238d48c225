import io
import json
from datetime import UTC, datetime

import pytest
from msgspec import structs

from gateway.rules import events
from gateway.rules.events import Answered, Event, Polled
from gateway.telemetry.log import TEXT_MAX, Log, Stream
from gateway.telemetry.metrics import labellers
from tests.gateway.telemetry.examples import (
    ADMITTED,
    GENERATION,
    MODEL,
    ONE_OF_EACH,
    OPERATION,
    REFUSED,
    TASK,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def log_to(stream: Stream) -> Log:
    return Log(stream, labellers=labellers({MODEL}, {OPERATION}))


def written(*told: Event) -> list[dict[str, object]]:
    stream = io.StringIO()
    log = log_to(stream)
    for event in told:
        log.write(event, NOON)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_begins_with_time_event_and_request() -> None:
    [line] = written(ADMITTED)

    assert list(line.items()) == [
        ("time", "2026-03-01T12:00:00Z"),
        ("level", "info"),
        ("event", "admitted"),
        ("request_id", "req-1"),
        ("team", "ads"),
        ("operation", OPERATION),
        ("model", MODEL),
        ("task", TASK),
        ("generation", GENERATION),
        ("reserved", 25),
        ("queued", False),
    ]


def is_read_that_went_well(event: Event) -> bool:
    if isinstance(event, Polled):
        return True
    is_read = getattr(event, "method", "") == "GET" or getattr(event, "call", "") == "read"
    return is_read and (getattr(event, "status", None) or 500) < 400


LOGGED = [event for event in ONE_OF_EACH if not is_read_that_went_well(event)]


def test_every_event_is_one_line_but_for_reads_that_went_well() -> None:
    assert len(written(*ONE_OF_EACH)) == len(LOGGED)


def test_a_read_that_failed_is_a_line() -> None:
    [line] = written(Answered(route="/v1/tasks/{id}", method="GET", status=503, seconds=0.1, team=None))

    assert line["status"] == 503


def test_a_line_holds_nothing_but_the_events_own_fields() -> None:
    for event, line in zip(LOGGED, written(*LOGGED), strict=True):
        assert line.keys() <= {"time", "level", "event", *event.__struct_fields__}


def test_what_has_no_value_is_left_out() -> None:
    [line] = written(events.Refused(team=None, operation=OPERATION, model=None, code="unauthenticated"))

    assert line.keys() == {"time", "level", "event", "operation", "code"}


def test_a_prompt_sent_as_a_model_is_not_written() -> None:
    [line] = written(structs.replace(REFUSED, model="a secret canary prompt"))

    assert line["model"] == "other"


def test_a_line_break_in_a_field_makes_no_second_line() -> None:
    [line] = written(events.LedgerLost(why='x\n{"event":"forged"}'))

    assert line["event"] == "ledger_lost"


def test_a_long_text_is_cut() -> None:
    [line] = written(events.LedgerLost(why="x" * 10_000))

    assert line["why"] == "x" * TEXT_MAX


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (events.StepFailed(step="settle", error="KeyError"), "error"),
        (events.Abandoned(reservation="a9f7"), "warning"),
        (events.Started(what="web", detail="ready"), "info"),
    ],
)
def test_what_needs_a_look_says_so(event: Event, level: str) -> None:
    assert [line["level"] for line in written(event)] == [level]


def test_a_closed_stream_is_no_reason_to_fail() -> None:
    stream = io.StringIO()
    stream.close()

    assert not log_to(stream).write(ADMITTED, NOON)


def test_a_text_that_is_no_unicode_is_no_reason_to_fail() -> None:
    assert not log_to(io.StringIO()).write(events.LedgerLost(why="\ud800"), NOON)


def test_after_lines_that_were_lost_the_next_one_says_how_many() -> None:
    stream = Stalling()
    log = log_to(stream)
    stream.is_full = True
    lost = [log.write(ADMITTED, NOON) for _ in range(3)]

    stream.is_full = False
    log.write(REFUSED, NOON)
    log.write(ADMITTED, NOON)

    told, *others = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lost == [False] * 3
    assert told == {
        "time": "2026-03-01T12:00:00Z",
        "level": "warning",
        "event": "log_lines_lost",
        "lines": 3,
    }
    assert [line["event"] for line in others] == ["refused", "admitted"]


class Stalling(io.StringIO):
    """Takes nothing while it is full, as a queue does whose reader stands still."""

    is_full = False

    def write(self, lines: str, /) -> int:
        if self.is_full:
            raise BlockingIOError
        return super().write(lines)

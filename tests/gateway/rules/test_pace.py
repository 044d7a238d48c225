"""How often a running generation is read, and when it is stuck."""

from datetime import timedelta

import pytest

from gateway.rules.generation import Status
from gateway.rules.pace import (
    LONG_AFTER,
    POLL_FIRST,
    POLL_LAST,
    STUCK_AFTER,
    THROTTLED_LONG_AFTER,
    is_stuck,
    poll_delay,
)
from tests.gateway.rules.examples import MOMENT, NOW, generation

HOUR = timedelta(hours=1)


def test_runway_is_asked_no_more_often_than_it_updates() -> None:
    assert timedelta(seconds=5) <= POLL_FIRST < POLL_LAST


def test_a_young_generation_is_read_more_often_than_an_old_one() -> None:
    forwarded = generation(forwarded_at=NOW)

    assert poll_delay(forwarded, NOW) == POLL_FIRST
    assert poll_delay(forwarded, NOW + LONG_AFTER - MOMENT) == POLL_FIRST
    assert poll_delay(forwarded, NOW + LONG_AFTER) == POLL_LAST


def test_time_in_the_queue_does_not_make_a_generation_old() -> None:
    queued_long = generation(created_at=NOW - HOUR, forwarded_at=NOW)

    assert poll_delay(queued_long, NOW) == POLL_FIRST


def test_a_clock_that_jumps_back_reads_soon() -> None:
    assert poll_delay(generation(forwarded_at=NOW), NOW - HOUR) == POLL_FIRST


@pytest.mark.parametrize("since", ["progress_at", "forwarded_at", "created_at"])
def test_a_generation_is_stuck_when_nothing_moved_for_half_an_hour(since: str) -> None:
    still = generation(**{"created_at": NOW - HOUR if since != "created_at" else NOW, since: NOW})

    assert not is_stuck(still, NOW + STUCK_AFTER - MOMENT)
    assert is_stuck(still, NOW + STUCK_AFTER)


def test_progress_keeps_a_generation_from_being_stuck() -> None:
    moving = generation(created_at=NOW - HOUR, forwarded_at=NOW - HOUR, progress_at=NOW)

    assert not is_stuck(moving, NOW + STUCK_AFTER - MOMENT)


def test_what_waits_in_runways_own_queue_is_not_stuck_for_a_day() -> None:
    waits = generation(progress_at=NOW, upstream_status=Status.THROTTLED)

    assert not is_stuck(waits, NOW + THROTTLED_LONG_AFTER - MOMENT)
    assert is_stuck(waits, NOW + THROTTLED_LONG_AFTER)


def test_a_clock_that_jumps_back_makes_nothing_stuck() -> None:
    assert not is_stuck(generation(progress_at=NOW), NOW - HOUR)

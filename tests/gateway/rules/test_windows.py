"""Windows of limits over ends of days and months, changes of clocks, odd zones and clocks that jump."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.policy import Per
from gateway.rules.windows import (
    ROLLING_BUCKETS,
    Span,
    bucket,
    counted_buckets,
    counts,
    edges,
    ends_at,
    is_known,
    starts_at,
    zone,
)

BERLIN = "Europe/Berlin"  # changes at 01:00 UTC
NEW_YORK = "America/New_York"  # changes at 02:00 local time
KATHMANDU = "Asia/Kathmandu"  # +05:45 all year
CHATHAM = "Pacific/Chatham"  # +12:45, in summer +13:45
HAVANA = "America/Havana"  # skips and repeats the hour after midnight
ASUNCION = "America/Asuncion"  # skipped midnight on the first of October 2023
NUUK = "America/Nuuk"  # repeats the hour before midnight
LORD_HOWE = "Australia/Lord_Howe"  # puts its clocks back by half an hour
ZONES = (None, BERLIN, NEW_YORK, KATHMANDU, CHATHAM, HAVANA, ASUNCION, NUUK)

CALENDAR = (Per.MINUTE, Per.HOUR, Per.DAY, Per.MONTH)
ENDING = (*CALENDAR, Per.ROLLING_DAY)
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin back
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York back
    datetime(2026, 9, 26, 14, tzinfo=UTC),  # Chatham forward
    datetime(2026, 4, 4, 14, tzinfo=UTC),  # Chatham back
    datetime(2026, 3, 8, 5, tzinfo=UTC),  # Havana forward, at midnight
    datetime(2026, 11, 1, 5, tzinfo=UTC),  # Havana back
    datetime(2023, 10, 1, 4, tzinfo=UTC),  # Asunción forward, at midnight
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Nuuk back
)
MOMENT = timedelta(microseconds=1)

near_changes = st.builds(
    lambda change, offset: change + offset,
    st.sampled_from(CHANGES),
    st.timedeltas(timedelta(hours=-30), timedelta(hours=30)),
)
instants = near_changes | st.datetimes(
    datetime(2015, 1, 1),  # noqa: DTZ001 - the zone comes with the strategy
    datetime(2037, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(ZONES)


@given(st.sampled_from(ENDING), zones, instants)
def test_every_instant_lies_within_its_window(per: Per, name: str | None, now: datetime) -> None:
    starts, ends = window(per, name, now)

    assert starts <= now < ends


@given(st.sampled_from(CALENDAR), zones, instants)
def test_the_bucket_is_the_same_from_start_to_end_and_nowhere_else(
    per: Per, name: str | None, now: datetime
) -> None:
    starts, ends = window(per, name, now)

    buckets = [bucket(per, name, at) for at in (starts - MOMENT, starts, now, ends - MOMENT, ends)]

    before, first, here, last, after = buckets
    assert first == here == last
    assert before != here != after


@given(st.sampled_from(CALENDAR), zones, instants)
def test_the_next_window_starts_where_this_one_ends(per: Per, name: str | None, now: datetime) -> None:
    _, ends = window(per, name, now)

    assert starts_at(per, name, ends) == ends


@given(st.sampled_from(ENDING), zones, instants)
def test_windows_are_told_in_utc(per: Per, name: str | None, now: datetime) -> None:
    assert [at.tzinfo for at in window(per, name, now)] == [UTC, UTC]


@given(st.sampled_from(Per), zones, instants, st.sampled_from(ZONES))
def test_the_bucket_does_not_depend_on_how_the_instant_is_written(
    per: Per, name: str | None, now: datetime, written: str | None
) -> None:
    assert bucket(per, name, now.astimezone(zone(written))) == bucket(per, name, now)


@given(st.sampled_from(CALENDAR), zones, instants)
def test_a_calendar_window_is_one_bucket(per: Per, name: str | None, now: datetime) -> None:
    assert counted_buckets(per, name, now) == (bucket(per, name, now),)


@pytest.mark.parametrize(
    ("per", "name", "now", "starts", "ends"),
    [
        (Per.MINUTE, None, "2026-12-31T23:59:59.999999", "2026-12-31T23:59", "2027-01-01T00:00"),
        (Per.HOUR, None, "2026-02-28T23:15", "2026-02-28T23:00", "2026-03-01T00:00"),
        (Per.HOUR, KATHMANDU, "2026-05-01T12:20", "2026-05-01T12:15", "2026-05-01T13:15"),
        (Per.HOUR, CHATHAM, "2026-01-01T12:10", "2026-01-01T11:15", "2026-01-01T12:15"),
        (Per.DAY, None, "2028-02-29T12:00", "2028-02-29T00:00", "2028-03-01T00:00"),
        (Per.DAY, KATHMANDU, "2026-05-01T18:15", "2026-05-01T18:15", "2026-05-02T18:15"),
        (Per.DAY, CHATHAM, "2026-07-01T11:15", "2026-07-01T11:15", "2026-07-02T11:15"),
        (Per.DAY, BERLIN, "2026-03-29T12:00", "2026-03-28T23:00", "2026-03-29T22:00"),
        (Per.DAY, BERLIN, "2026-10-25T12:00", "2026-10-24T22:00", "2026-10-25T23:00"),
        (Per.DAY, HAVANA, "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00"),
        (Per.DAY, HAVANA, "2026-11-01T05:30", "2026-11-01T04:00", "2026-11-02T05:00"),
        (Per.DAY, ASUNCION, "2023-10-01T12:00", "2023-10-01T04:00", "2023-10-02T03:00"),
        (Per.MONTH, None, "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        (Per.MONTH, None, "2026-01-31T10:00", "2026-01-01T00:00", "2026-02-01T00:00"),
        (Per.MONTH, BERLIN, "2026-03-31T21:59", "2026-02-28T23:00", "2026-03-31T22:00"),
        (Per.MONTH, ASUNCION, "2023-10-15T00:00", "2023-10-01T04:00", "2023-11-01T03:00"),
    ],
)
def test_a_window_starts_and_ends_by_its_zone(
    per: Per, name: str | None, now: str, starts: str, ends: str
) -> None:
    assert window(per, name, at(now)) == (at(starts), at(ends))


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: str, hours: int) -> None:
    starts, ends = window(Per.DAY, BERLIN, at(f"{day}T12:00"))

    assert ends - starts == timedelta(hours=hours)


def test_an_hour_that_comes_twice_has_two_buckets() -> None:
    first, second = at("2026-10-25T00:30"), at("2026-10-25T01:30")

    assert first.astimezone(zone(BERLIN)).hour == second.astimezone(zone(BERLIN)).hour
    assert bucket(Per.HOUR, BERLIN, first) != bucket(Per.HOUR, BERLIN, second)


def test_what_counts_in_total_has_one_bucket_and_no_end() -> None:
    now = at("2026-05-01T12:00")

    assert counted_buckets(Per.TOTAL, None, now) == ("all",)
    assert starts_at(Per.TOTAL, None, now) is None
    assert ends_at(Per.TOTAL, None, now) is None


def test_a_clock_that_jumps_back_over_midnight_counts_yesterday_on() -> None:
    yesterday = bucket(Per.DAY, None, at("2026-05-01T23:59"))

    jumped = at("2026-05-02T00:01") - timedelta(minutes=2)

    assert bucket(Per.DAY, None, jumped) == yesterday


@given(zones, instants, st.timedeltas(timedelta(days=-3), timedelta(days=3)))
def test_a_clock_that_jumps_never_ends_a_window_in_the_past(
    name: str | None, now: datetime, jump: timedelta
) -> None:
    ends = [ends_at(per, name, now + jump) for per in ENDING]

    assert all(end is not None and end > now + jump for end in ends)


@given(zones, instants)
def test_a_rolling_day_counts_25_hours_of_which_the_last_is_now(name: str | None, now: datetime) -> None:
    counted = counted_buckets(Per.ROLLING_DAY, name, now)

    assert len(set(counted)) == len(counted) == ROLLING_BUCKETS == 25
    assert counted[-1] == bucket(Per.ROLLING_DAY, name, now)


@given(instants, st.timedeltas(timedelta(0), timedelta(hours=24)))
def test_a_rolling_day_counts_all_of_the_last_24_hours(now: datetime, ago: timedelta) -> None:
    assert bucket(Per.ROLLING_DAY, None, now - ago) in counted_buckets(Per.ROLLING_DAY, None, now)


@given(instants, st.timedeltas(timedelta(hours=25), timedelta(hours=60)))
def test_a_rolling_day_counts_nothing_older_than_25_hours(now: datetime, ago: timedelta) -> None:
    assert bucket(Per.ROLLING_DAY, None, now - ago) not in counted_buckets(Per.ROLLING_DAY, None, now)


@given(instants)
def test_the_first_instant_of_a_rolling_day_counts_and_the_one_before_does_not(now: datetime) -> None:
    starts, _ = window(Per.ROLLING_DAY, None, now)

    counted = counted_buckets(Per.ROLLING_DAY, None, now)

    assert bucket(Per.ROLLING_DAY, None, starts) == counted[0]
    assert bucket(Per.ROLLING_DAY, None, starts - MOMENT) not in counted


@given(instants)
def test_a_rolling_day_loses_its_oldest_hour_when_it_says(now: datetime) -> None:
    _, ends = window(Per.ROLLING_DAY, None, now)

    oldest = counted_buckets(Per.ROLLING_DAY, None, now)[0]

    assert oldest in counted_buckets(Per.ROLLING_DAY, None, ends - MOMENT)
    assert oldest not in counted_buckets(Per.ROLLING_DAY, None, ends)


def window(per: Per, name: str | None, now: datetime) -> tuple[datetime, datetime]:
    starts, ends = starts_at(per, name, now), ends_at(per, name, now)
    assert starts is not None
    assert ends is not None
    return starts, ends


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(
    st.sampled_from([*ENDING, Per.TOTAL]),
    zones,
    instants,
    st.timedeltas(timedelta(), timedelta(hours=30)),
    st.timedeltas(timedelta(hours=-60), timedelta(hours=60)),
)
def test_between_two_edges_all_counts_in_one_bucket(
    per: Per, name: str | None, first: datetime, lasts: timedelta, away: timedelta
) -> None:
    span, at = Span(first, first + lasts), first + away
    begins = [edge for edge in edges(per, name, span) if edge <= at]

    if not counts(per, name, at, span):
        assert not begins or not counts(per, name, begins[-1], span)
    else:
        assert bucket(per, name, begins[-1]) == bucket(per, name, at)


@given(st.sampled_from(ENDING), zones, instants, st.timedeltas(timedelta(), timedelta(hours=30)))
def test_what_counts_at_any_instant_of_a_span_counts_in_it(
    per: Per, name: str | None, first: datetime, lasts: timedelta
) -> None:
    span = Span(first, first + lasts)
    starts, _ = window(per, name, first)
    _, ends = window(per, name, span.last)

    assert counts(per, name, starts, span)
    assert counts(per, name, span.last, span)
    assert not counts(per, name, starts - MOMENT, span)
    assert not counts(per, name, ends, span)


def test_an_hour_of_which_half_comes_twice_is_parted_where_the_clock_is_put_back() -> None:
    back = datetime(2026, 4, 4, 15, tzinfo=UTC)
    span = Span(back - timedelta(minutes=10), back + timedelta(minutes=10))

    assert bucket(Per.HOUR, LORD_HOWE, back - MOMENT) != bucket(Per.HOUR, LORD_HOWE, back)
    assert back in edges(Per.HOUR, LORD_HOWE, span)


def test_a_zone_of_which_this_host_has_not_heard_is_not_known() -> None:
    assert is_known(LORD_HOWE)
    assert is_known(None)
    assert not is_known("America/Newtown")

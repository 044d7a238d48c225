"""Windows of limits: which bucket an instant counts in, which buckets sum up, when a window ends.

A calendar window is one bucket. A rolling day is 25 hourly buckets: it may hold back up to an hour longer
than 24 h, never shorter.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from gateway.rules.policy import Per

ROLLING_BUCKETS = 25
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Before everything that ever counts."""
STEPS = {Per.HOUR: timedelta(minutes=15), Per.ROLLING_DAY: timedelta(hours=1)}
"""What parts the buckets of short windows. Every hour of every zone begins on a quarter of an hour, where a
clock is put back by half of one too."""
ZONES_MAX = 600
BUCKETS_MAX = 10_000
"""Names that are kept: of this minute and those before it, in the zones and windows of all limits."""


class Span(Struct, frozen=True):
    """Instants each of which somebody takes for now."""

    first: datetime
    last: datetime


@lru_cache(maxsize=ZONES_MAX)
def zone(name: str | None) -> tzinfo:
    return UTC if name is None else ZoneInfo(name)


def bucket(per: Per, zone_name: str | None, now: datetime) -> str:
    """Name the bucket in which an amount claimed at `now` counts."""
    return _bucket(per, zone_name, now.replace(second=0, microsecond=0))


@lru_cache(maxsize=BUCKETS_MAX)
def _bucket(per: Per, zone_name: str | None, minute: datetime) -> str:
    """Name it by the minute: no window begins or ends within one."""
    match per:
        case Per.TOTAL:
            return "all"
        case Per.ROLLING_DAY:
            return minute.astimezone(UTC).strftime("%Y-%m-%dT%HZ")
        case Per.MINUTE:
            return minute.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
        case Per.HOUR:
            return _start_of_hour(minute, zone_name).strftime("%Y-%m-%dT%H:%MZ")
        case Per.DAY:
            return minute.astimezone(zone(zone_name)).strftime("%Y-%m-%d")
        case Per.MONTH:
            return minute.astimezone(zone(zone_name)).strftime("%Y-%m")


def counted_buckets(per: Per, zone_name: str | None, now: datetime) -> tuple[str, ...]:
    """Name the buckets whose sum is the account's amount at `now`; the last one is where `now` counts."""
    return _counted_buckets(per, zone_name, now.replace(second=0, microsecond=0))


@lru_cache(maxsize=BUCKETS_MAX)
def _counted_buckets(per: Per, zone_name: str | None, minute: datetime) -> tuple[str, ...]:
    if per is not Per.ROLLING_DAY:
        return (_bucket(per, zone_name, minute),)
    hours = range(ROLLING_BUCKETS - 1, -1, -1)
    return tuple(_bucket(per, zone_name, minute - timedelta(hours=hour)) for hour in hours)


def starts_at(per: Per, zone_name: str | None, now: datetime) -> datetime | None:
    """Tell the first instant that counts at `now`; None when everything ever counts."""
    local = now.astimezone(zone(zone_name))
    match per:
        case Per.TOTAL:
            return None
        case Per.ROLLING_DAY:
            return _start_of_hour(now, None) - timedelta(hours=ROLLING_BUCKETS - 1)
        case Per.MINUTE:
            return now.astimezone(UTC).replace(second=0, microsecond=0)
        case Per.HOUR:
            return _start_of_hour(now, zone_name)
        case Per.DAY:
            return _midnight(local)
        case Per.MONTH:
            return _midnight(local.replace(day=1))


def ends_at(per: Per, zone_name: str | None, now: datetime) -> datetime | None:
    """Tell when the window of `now` ends; None for one that never does.

    For a rolling day this is the instant at which its oldest hour falls out.
    """
    local = now.astimezone(zone(zone_name))
    match per:
        case Per.TOTAL:
            return None
        case Per.ROLLING_DAY:
            return _start_of_hour(now, None) + timedelta(hours=1)
        case Per.MINUTE:
            return now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        case Per.HOUR:
            return _start_of_hour(now, zone_name) + timedelta(hours=1)
        case Per.DAY:
            return _midnight(local + timedelta(days=1))
        case Per.MONTH:
            return _midnight((local.replace(day=1) + timedelta(days=32)).replace(day=1))


def is_known(zone_name: str | None) -> bool:
    """Tell whether this host knows a time zone: another one may have newer ones."""
    try:
        zone(zone_name)
    except ZoneInfoNotFoundError:
        return False
    return True


def edges(per: Per, zone_name: str | None, span: Span) -> list[datetime]:
    """List, in their order, instants between which all amounts count in one bucket.

    They reach from the beginning of the first bucket that counts in a span to the end of the last one.
    """
    begin, end = _reach(per, zone_name, span)
    if begin is None or end is None:
        return [BEGINNING]
    step = STEPS.get(per)
    if step is not None:
        return [begin + step * number for number in range((end - begin) // step + 1)]
    found = [begin]
    while found[-1] < end:
        found.append(ends_at(per, zone_name, found[-1]) or end)
    return found


def counts(per: Per, zone_name: str | None, at: datetime, span: Span) -> bool:
    """Tell whether what was claimed at an instant counts at any instant of a span."""
    begin, end = _reach(per, zone_name, span)
    return begin is None or end is None or begin <= at < end


def _reach(per: Per, zone_name: str | None, span: Span) -> tuple[datetime | None, datetime | None]:
    return starts_at(per, zone_name, span.first), ends_at(per, zone_name, span.last)


def _start_of_hour(now: datetime, zone_name: str | None) -> datetime:
    """Start of the local hour, in UTC: zones may stand 15, 30 or 45 minutes beside it."""
    local = now.astimezone(zone(zone_name))
    into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now.astimezone(UTC) - into_hour


def _midnight(local: datetime) -> datetime:
    """Start of the local day, in UTC; where a change of clocks skips midnight, the first instant after it."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.astimezone(UTC)

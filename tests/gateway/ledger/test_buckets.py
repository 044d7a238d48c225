"""Which buckets have ended."""

from datetime import UTC, datetime

import pytest

from gateway.ledger.buckets import ended_before

NOON = ended_before(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "bucket",
    [
        "team/ads|credits|hour|||2026-03-10T11:00Z",
        "team/ads|credits|day|||2026-03-09",
        "team/ads|credits|day|Pacific/Kiritimati|gen4*|2026-03-10",
        "team/ads|credits|24h|||2026-03-09T11Z",
        "team/ads|credits|month|||2026-02",
        "team/ads|credits|month|||2025-12",
        "project/a|b|credits|day|||2026-03-09",
    ],
)
def test_ended(bucket: str) -> None:
    assert NOON(bucket)


@pytest.mark.parametrize(
    "bucket",
    [
        "team/ads|credits|hour|||2026-03-10T12:00Z",
        "team/ads|credits|hour|Asia/Kolkata||2026-03-10T11:30Z",
        "team/ads|credits|day|||2026-03-10",
        "team/ads|credits|day|Pacific/Kiritimati|gen4*|2026-03-11",
        "team/ads|credits|24h|||2026-03-09T12Z",
        "team/ads|credits|month|||2026-03",
        "team/ads|credits|total|||all",
        "team/ads|running||||now",
        "project/main|running|||gen4_turbo|now",
    ],
)
def test_not_ended(bucket: str) -> None:
    assert not NOON(bucket)

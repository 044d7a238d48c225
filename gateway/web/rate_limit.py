"""`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) for the tightest limit."""

from datetime import datetime

from gateway.rules.policy import Measure, Per
from gateway.rules.quota import Quota
from gateway.rules.refusals import LimitFacts

WINDOW_SECONDS = {
    Per.MINUTE: 60,
    Per.HOUR: 3600,
    Per.DAY: 86_400,
    Per.ROLLING_DAY: 86_400,
    Per.MONTH: 31 * 86_400,
}


def of_quota(quota: Quota, now: datetime) -> tuple[tuple[bytes, bytes], ...]:
    """Tell what is left, credits in whole ones rounded down."""
    limit = quota.limit
    unit = 1000 if limit.measure is Measure.CREDITS else 1
    name = f"{limit.measure}-{limit.per or 'now'}"
    return _headers(name, limit.per, limit.units // unit, left=quota.left // unit, at=(quota.resets_at, now))


def of_refusal(facts: LimitFacts, now: datetime) -> tuple[tuple[bytes, bytes], ...]:
    """Tell that nothing is left; without the amount where that is not told."""
    if facts.amount is None:
        return ()
    per = None if facts.per is None else Per(facts.per)
    name = f"{facts.measure}-{facts.per or 'now'}"
    left = max(0, int(facts.amount - (facts.spent or 0) - (facts.reserved or 0)))
    return _headers(name, per, int(facts.amount), left=left, at=(facts.resets_at, now))


def _headers(
    name: str, per: Per | None, amount: int, *, left: int, at: tuple[datetime | None, datetime]
) -> tuple[tuple[bytes, bytes], ...]:
    window = f";w={WINDOW_SECONDS[per]}" if per in WINDOW_SECONDS else ""
    resets_at, now = at
    reset = "" if resets_at is None else f";t={max(0, round((resets_at - now).total_seconds()))}"
    return (
        (b"ratelimit-policy", f'"{name}";q={amount}{window}'.encode()),
        (b"ratelimit", f'"{name}";r={left}{reset}'.encode()),
    )

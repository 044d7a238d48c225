"""What an owner allows: models, operations, caps and limits. One shape at every level."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from gateway.rules.credits import CREDITS_MAX, Credits, to_credits

LIMITS_MAX = 50
PATTERNS_MAX = 200
AMOUNT_MAX = CREDITS_MAX // 1000

NO_SUCH_WORD = "Invalid enum value"
"""How msgspec begins to say that a word is none of those there are; it does not say which there are."""
NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})
"""Zones that mean where a machine stands, or nowhere: another machine would end a day at another hour."""
NO_PLACES_UNDER = ("posix/", "right/")
"""The same zones again, the second with leap seconds, which no other clock here counts."""

Pattern = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._*?-]+$")]


class Measure(StrEnum):
    """What a limit counts."""

    CREDITS = "credits"
    GENERATIONS = "generations"
    REQUESTS = "requests"
    RUNNING = "running"


class Per(StrEnum):
    """Over which window a limit counts. Calendar windows follow the limit's time zone."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    ROLLING_DAY = "24h"
    MONTH = "month"
    TOTAL = "total"


class Reuse(StrEnum):
    """With whom the result of an identical seeded request may be shared."""

    ORGANISATION = "organisation"
    TEAM = "team"
    NONE = "none"


WORDS = {"measure": Measure, "per": Per, "reuse": Reuse}
"""The fields that take one word of a few."""

WINDOWS_OF: dict[Measure, frozenset[Per]] = {
    Measure.CREDITS: frozenset(Per) - {Per.MINUTE},
    Measure.GENERATIONS: frozenset(Per) - {Per.MINUTE},
    Measure.REQUESTS: frozenset({Per.MINUTE}),
    Measure.RUNNING: frozenset(),
}


class Limit(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At most `amount` of `measure` per window; `model` narrows it to the models that match the glob."""

    measure: Measure
    amount: Annotated[float, Meta(ge=0)] | Annotated[int, Meta(ge=0)]
    per: Per | None = None
    model: Pattern | None = None
    timezone: Annotated[str, Meta(max_length=64)] | None = None
    enforce: bool = True

    @property
    def units(self) -> int:
        """The amount as accounts count it: thousandths for credits, else pieces."""
        return to_credits(self.amount) if self.measure is Measure.CREDITS else int(self.amount)

    def covers(self, model: str) -> bool:
        return self.model is None or fnmatchcase(model, self.model)


class Caps(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The most that one request may ask for."""

    duration: Annotated[int, Meta(ge=1)] | None = None
    credits: Annotated[float, Meta(ge=0)] | Annotated[int, Meta(ge=0)] | None = None

    @property
    def credits_max(self) -> Credits | None:
        return None if self.credits is None else to_credits(self.credits)


class Policy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An absent field restricts nothing."""

    models: Annotated[tuple[Pattern, ...], Meta(max_length=PATTERNS_MAX)] | None = None
    operations: Annotated[tuple[Pattern, ...], Meta(max_length=PATTERNS_MAX)] | None = None
    caps: Caps | None = None
    limits: Annotated[tuple[Limit, ...], Meta(max_length=LIMITS_MAX)] = ()
    reuse: Reuse = Reuse.ORGANISATION
    weight: Annotated[int, Meta(ge=1, le=1000)] = 1

    def allows_model(self, model: str) -> bool:
        return self.models is None or any(fnmatchcase(model, pattern) for pattern in self.models)

    def allows_operation(self, operation: str) -> bool:
        return self.operations is None or any(fnmatchcase(operation, pattern) for pattern in self.operations)


EMPTY = Policy()


def parse_policy(text: bytes) -> Policy:
    """Read a policy from JSON.

    Raises ValueError with one sentence that names the field and what to do.
    """
    try:
        policy = msgspec.json.decode(text, type=Policy)
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise ValueError(with_words(str(wrong))) from wrong
    check_policy(policy)
    return policy


def with_words(message: str) -> str:
    """Add to msgspec's message about a word which words its field takes."""
    problem, at, place = message.partition(" - at ")
    field = place.rstrip("`").rpartition(".")[2]
    if not problem.startswith(NO_SUCH_WORD) or field not in WORDS:
        return message
    return f"{problem}; use one of {', '.join(WORDS[field])}{at}{place}"


def check_policy(policy: Policy) -> None:
    """Raise ValueError when a cap or a limit makes no sense, naming its place and the mend."""
    if any(pattern.endswith("\n") for pattern in _patterns(policy)):
        raise ValueError("a pattern ends with a line break; leave it out")
    if policy.caps is not None and _is_too_much(policy.caps.credits or 0):
        raise ValueError(f"caps: `credits` is at most {AMOUNT_MAX}; leave it out for no cap")
    seen: set[object] = set()
    for place, limit in enumerate(policy.limits):
        problem = _problem(limit)
        if problem is None and (limit.measure, limit.per, limit.model, limit.timezone) in seen:
            problem = "an earlier limit has the same measure, per, model and timezone; keep one"
        if problem is not None:
            raise ValueError(f"limits[{place}]: {problem}")
        seen.add((limit.measure, limit.per, limit.model, limit.timezone))


def _patterns(policy: Policy) -> Iterator[str]:
    yield from policy.models or ()
    yield from policy.operations or ()
    yield from (limit.model for limit in policy.limits if limit.model is not None)


def _problem(limit: Limit) -> str | None:
    windows = WINDOWS_OF[limit.measure]
    if limit.per is None and windows:
        return f"`{limit.measure}` needs `per`: one of {', '.join(sorted(windows))}"
    if limit.per is not None and limit.per not in windows:
        return f"`{limit.measure}` cannot be counted per {limit.per}" + (
            f"; use one of {', '.join(sorted(windows))}" if windows else "; leave `per` out"
        )
    if limit.measure is not Measure.CREDITS and limit.amount != int(limit.amount):
        return f"`{limit.measure}` are counted in whole numbers, not {limit.amount}"
    if _is_too_much(limit.amount):
        return f"`amount` is at most {AMOUNT_MAX}; leave the limit out for no limit"
    if limit.timezone is not None:
        return _zone_problem(limit.timezone)
    return None


def _is_too_much(amount: float) -> bool:
    return Decimal(str(amount)) > AMOUNT_MAX


def _zone_problem(name: str) -> str | None:
    if name not in NO_PLACES and not name.startswith(NO_PLACES_UNDER):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            ZoneInfo(name)
            return None
    return f"`{name}` is no time zone; use a name such as Europe/Berlin or leave it out for UTC"

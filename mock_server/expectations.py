"""What a test expects of the journal: which calls, and how many of them; and what was seen instead."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mock_server.journal import Record

Count = Annotated[int, Meta(ge=0)]
COUNTS = frozenset({"times", "atLeast", "atMost"})
OTHERS_MAX = 50


class Expectation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which calls: every given field must fit. How many: at least one, unless it says otherwise.

    `body` fits when the call's body has the same values in the fields that it names. `has_task` tells the
    calls that created or found a task from those that did not, whatever the client was answered.
    """

    operation: str | None = None
    model: str | None = None
    tenant: str | None = None
    status: int | None = None
    has_task: bool | None = None
    retried: bool | None = None
    body: dict[str, Any] | None = None
    times: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None

    def fits(self, record: Record) -> bool:
        return (
            self.operation in {None, record.operation}
            and self.model in {None, record.model}
            and self.tenant in {None, record.tenant}
            and self.status in {None, record.status}
            and self.has_task in {None, bool(record.task)}
            and self.retried in {None, record.retry_count > 0}
            and (self.body is None or _contains(record.body, self.body))
        )

    def is_met_by(self, count: int) -> bool:
        if self.times is not None:
            return count == self.times
        at_least = 1 if self.at_least is None and self.at_most is None else self.at_least or 0
        return at_least <= count and (self.at_most is None or count <= self.at_most)

    @property
    def is_open_above(self) -> bool:
        """Whether more calls than were seen would meet it too."""
        return self.times is None and self.at_most is None

    def sentence(self) -> str:
        """`exactly 2 calls with operation image_to_video, model gen4_turbo`."""
        fields = msgspec.to_builtins(self)
        chosen = [
            f"{name} {_written(value)}"
            for name, value in fields.items()
            if value is not None and name not in COUNTS
        ]
        return f"{self._amount()} calls" + (f" with {', '.join(chosen)}" if chosen else "")

    def _amount(self) -> str:
        if self.times is not None:
            return f"exactly {self.times}"
        if self.at_most is None:
            return f"at least {1 if self.at_least is None else self.at_least}"
        return f"at most {self.at_most}" if self.at_least is None else f"{self.at_least} to {self.at_most}"


class Verdict(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`others` counts the calls that did not fit, the most frequent first."""

    met: bool
    expected: str
    seen: int
    dropped: int
    others: list[dict[str, Any]]


def verdict(expectation: Expectation, records: Iterable[Record], *, dropped: int) -> Verdict:
    """A journal that has dropped calls can vouch for no upper bound: then none is met."""
    seen, others = 0, Counter[tuple[str, str, int]]()
    for record in records:
        if expectation.fits(record):
            seen += 1
        elif expectation.tenant in {None, record.tenant}:
            others[record.operation, record.model, record.status] += 1
    return Verdict(
        met=expectation.is_met_by(seen) and (not dropped or expectation.is_open_above),
        expected=expectation.sentence(),
        seen=seen,
        dropped=dropped,
        others=[_other(*kind, times=times) for kind, times in others.most_common(OTHERS_MAX)],
    )


def _other(operation: str, model: str, status: int, *, times: int) -> dict[str, Any]:
    return {"operation": operation, "model": model, "status": status, "times": times}


def _contains(body: msgspec.Raw | None, expected: dict[str, Any]) -> bool:
    actual = {} if body is None else msgspec.json.decode(body)
    return isinstance(actual, dict) and all(
        name in actual and actual[name] == value for name, value in expected.items()
    )


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

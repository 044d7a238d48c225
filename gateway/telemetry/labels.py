"""Label values, bounded: a mistyped model or a stranger's request makes no new series."""

import fcntl
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

TEAM_LABEL_MAX = 200
VALUES_MAX = 200
"""Of labels that the code itself names: far more than there are, in case one is not what it seems."""
OTHER = "other"
ABSENT = ""
"""To Prometheus the same as no label."""
NO_ANSWER = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Labeller = Callable[[object], str]


class Known(Struct, frozen=True):
    """Values of a set that is known beforehand; any other becomes `other`."""

    values: Collection[str]

    def __call__(self, value: object) -> str:
        if value is None:
            return ABSENT
        return str(value) if value in self.values else OTHER


class FirstSeen:
    """The first so many values have their own series, later ones share `other`.

    With a file, all processes agree on which ones those are; else each counts for itself.
    """

    def __init__(self, most: int, shared: Path | None = None) -> None:
        self._most = most
        self._shared = shared
        self._seen: frozenset[str] = frozenset()

    def __call__(self, value: object) -> str:
        if value is None:
            return ABSENT
        text = str(value)
        if text not in self._seen and len(self._seen) < self._most:
            self._admit(text)
        return text if text in self._seen else OTHER

    def _admit(self, value: str) -> None:
        if self._shared is None:
            self._seen |= {value}
            return
        with suppress(OSError), self._shared.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            seen = frozenset(file.read().splitlines())
            if value not in seen and len(seen) < self._most:
                file.write(f"{value}\n")
                seen |= {value}
            self._seen = seen


def status_label(status: object) -> str:
    """Name an HTTP status; `none` when no answer came."""
    if status is None:
        return NO_ANSWER
    return str(status) if isinstance(status, int) and 100 <= status <= 599 else OTHER  # noqa: PLR2004 RFC 9110

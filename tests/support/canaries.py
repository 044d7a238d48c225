"""What no log, no metric and no traceback may say: secrets, signed URLs and prompts, by the marks they bear.

Everything that a program of the tests says is searched, in every test.
"""

import logging
import re
from collections.abc import Iterable

CANARY = "canary"
"""Stands in every secret and every private text that a test makes up for this search."""

MARKS = {
    "a private text": re.compile(CANARY, re.IGNORECASE),
    "a team's key": re.compile(r"rwgw_[a-z2-7]{40}"),
    "a signed URL": re.compile(r"_jwt=|X-Amz-Signature=|[?&]signature=", re.IGNORECASE),
    "a prompt": re.compile(r"\[\[[a-z-]+|, take \d{5}\.|lighthouse"),
    "a file as text": re.compile(r"data:(?:image|video|audio)/|;base64,"),
    "a row of the database": re.compile(r"Failing row contains|\) already exists\.|\[parameters: "),
}
AROUND = 60


def leaks(said: str, secrets: Iterable[str] = ()) -> list[str]:
    """Find what should not have been said, each with the words around it."""
    marks = MARKS | {f"the secret {secret[:8]}…": re.compile(re.escape(secret)) for secret in secrets}
    return [
        f"{what} in {said[max(0, found.start() - AROUND) : found.end() + AROUND]!r}"
        for what, mark in marks.items()
        for found in mark.finditer(said)
    ]


class Listener(logging.Handler):
    """Hears what libraries say in the tests' own process, tracebacks too."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard += leaks(self.format(record))

    def forget(self) -> list[str]:
        """Tell what was heard since the last time."""
        heard, self.heard = self.heard, []
        return heard

"""Turns at a SQLite file: who has just written to it lets everyone write who waits, in whatever process.

SQLite has no queue. Who finds the file locked sleeps, for up to 0.1 s at a time, and a busy process has the
lock again long before that: of two workers, each told one create in fifty that the records were away.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STEP_SECONDS = 0.001
"""How long to sleep before the next try."""
SUFFIX = "-turn"
"""Of the file beside the store: who has it locked is the next to write."""
_KIND = 0xFF
"""The part of SQLite's error codes that says what kind of error it is."""


class Turns:
    """One thread's place in the line."""

    def __init__(self, store: str, *, seconds: float) -> None:
        """Wait for at most so long, at each of the two places in the line."""
        self._path = f"{store}{SUFFIX}"
        self._file: int | None = None
        self._steps = round(seconds / STEP_SECONDS)

    def begin(self, connection: sqlite3.Connection) -> bool:
        """Begin a transaction that writes; False when that takes too long, or cannot be."""
        try:
            with self._next():
                return self._tried(lambda: _is_begun(connection))
        except (OSError, sqlite3.Error):
            return False

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    @contextmanager
    def _next(self) -> Iterator[None]:
        """Be the one who waits for the store itself, while all others wait for this."""
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        file = self._file
        self._tried(lambda: _is_locked(file))
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _tried(self, step: Callable[[], bool]) -> bool:
        for _ in range(self._steps):
            if step():
                return True
            time.sleep(STEP_SECONDS)
        return False


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_begun(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _KIND != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True

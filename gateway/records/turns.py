"""Turns at a SQLite file: who has just written to it lets everyone write who waits, in whatever process.

SQLite has no queue. Who finds the file locked sleeps, for up to 0.1 s at a time, and a busy process has the
lock again long before that: of two workers, each told one create in fifty that the records were away.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

STEP_SECONDS = 0.001
"""How long to sleep before the next try."""
TURN_SECONDS_MAX = 0.1
"""How long to wait for the turn, some transactions of others: who has it may stand still."""
SUFFIX = "-turn"
"""Of the file beside the store: who has it locked is the next to write."""
_KIND = 0xFF
"""The part of SQLite's error codes that says what kind of error it is."""


class Turns:
    """One thread's place in the line. The line is a courtesy: what counts is the lock of the store itself."""

    def __init__(self, store: str, *, seconds: float) -> None:
        """Wait for the store's own lock for at most so long."""
        self._path = f"{store}{SUFFIX}"
        self._seconds = seconds
        self._file: int | None = None
        self._waits = True
        """Whether the turn came, the last time: else somebody stands still who has it."""

    def execute(self, connection: sqlite3.Connection, statement: str) -> bool:
        """Execute a statement that locks the store; False when that takes too long, or cannot be."""
        with self._next():
            try:
                return _tried(lambda: _is_done(connection, statement), self._seconds)
            except sqlite3.Error:
                return False

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    @contextmanager
    def _next(self) -> Iterator[None]:
        """Be the one who waits for the store itself, while all others wait for this."""
        file = self._opened()
        if file is None:
            yield
            return
        self._waits = _tried(lambda: _is_locked(file), TURN_SECONDS_MAX if self._waits else 0)
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)

    def _opened(self) -> int | None:
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                return None
        return self._file


def _tried(step: Callable[[], bool], seconds: float) -> bool:
    """Try at least once, and again until the time is over."""
    until = time.monotonic() + seconds
    while not step():
        if time.monotonic() >= until:
            return False
        time.sleep(STEP_SECONDS)
    return True


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another has it, or this file system knows no locks
        return False
    return True


def _is_done(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _KIND != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True

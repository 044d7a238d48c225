"""A tenant's time: it follows the wall, stands still, or moves with the polls of a polite client."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

Moment = NewType("Moment", int)
"""Milliseconds since the epoch. Integers, because due times are compared and added up exactly."""

MILLISECONDS = 1000
MINUTE = 60 * MILLISECONDS
DAY = 24 * 3600 * MILLISECONDS
MOMENT_MAX = Moment(253_402_300_799_000)  # the last second that ISO 8601 writes with four digits


class ClockMode(StrEnum):
    REAL = "real"
    FROZEN = "frozen"
    AUTO = "auto"


def milliseconds(seconds: float) -> int:
    return round(seconds * MILLISECONDS)


def iso_time(moment: Moment) -> str:
    """As Runway writes times: `2026-08-26T06:30:33.796Z`."""
    whole = datetime.fromtimestamp(moment // MILLISECONDS, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{moment % MILLISECONDS:03d}Z"


def iso_day(moment: Moment) -> str:
    return f"{datetime.fromtimestamp(moment // MILLISECONDS, UTC):%Y-%m-%d}"


def moment_of(text: str) -> Moment:
    """From an ISO 8601 time or date, in UTC when it does not say otherwise. Raises ValueError."""
    time = datetime.fromisoformat(text)
    return Moment(milliseconds((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()))


class Clock:
    """Never runs backwards, whatever the wall does. Only a real clock moves without being asked."""

    def __init__(self, mode: ClockMode, *, speed: float, wall: Callable[[], float]) -> None:
        self.mode = mode
        self.speed = speed
        self._wall = wall
        self._anchor = wall()
        self._reached = Moment(milliseconds(self._anchor))

    def now(self) -> Moment:
        if self.mode is ClockMode.REAL:
            wall = self._wall()
            elapsed = math.floor((wall - self._anchor) * self.speed * MILLISECONDS)
            if elapsed > 0:
                self._anchor += elapsed / (self.speed * MILLISECONDS)
                self.reach(Moment(self._reached + elapsed))
        return self._reached

    def advance(self, seconds: float) -> None:
        self.reach(Moment(self.now() + milliseconds(seconds)))

    def reach(self, moment: Moment) -> None:
        """Moves on to `moment`, unless time is there already."""
        self._reached = min(max(self._reached, moment), MOMENT_MAX)

    def switch(self, mode: ClockMode, *, speed: float) -> None:
        """Goes on from the present moment in another way."""
        self.now()
        self.mode, self.speed, self._anchor = mode, speed, self._wall()

    def fork(self) -> "Clock":
        """Another clock that shows the same time and goes the same way, from here on by itself."""
        twin = Clock(self.mode, speed=self.speed, wall=self._wall)
        twin._reached = self.now()
        return twin

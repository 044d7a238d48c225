"""The one clock of a play: gateways, their store and the upstream read it, and only the test moves it."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

T = TypeVar("T")

START = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ManualClock:
    """Stands still until it is moved. Whoever sleeps on it wakes when their time has come."""

    def __init__(self) -> None:
        self._now = START
        self._numbers: Iterator[int] = count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._has_sleepers = asyncio.Event()
        self._followers: list[Callable[[int], None]] = []

    @contextmanager
    def followed_by(self, follower: Callable[[int], None]) -> Iterator[None]:
        """Tell another clock in micros where this one stands, now and whenever it has moved."""
        follower(self.micros())
        self._followers.append(follower)
        try:
            yield
        finally:
            self._followers.remove(follower)

    def now(self) -> datetime:
        return self._now

    def seconds(self) -> float:
        return (self._now - EPOCH).total_seconds()

    def micros(self) -> int:
        return (self._now - EPOCH) // timedelta(microseconds=1)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._numbers), woken))
        self._has_sleepers.set()
        await woken

    def advance(self, by: timedelta) -> None:
        """Move on, past everyone who wakes on the way."""
        self._reach(self._now + by)

    def advance_seconds(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    async def passing(self, work: Awaitable[T]) -> T:
        """Let time pass from one sleeper to the next until some work is done."""
        working = asyncio.ensure_future(work)
        while not working.done():
            anyone = asyncio.ensure_future(self._has_sleepers.wait())
            await asyncio.wait({working, anyone}, return_when=asyncio.FIRST_COMPLETED)
            anyone.cancel()
            if self._sleepers and not working.done():
                self._reach(self._sleepers[0][0])
        return working.result()

    def _reach(self, instant: datetime) -> None:
        while self._sleepers and self._sleepers[0][0] <= instant:
            at, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, at)
            if not woken.done():
                woken.set_result(None)
        self._now = max(self._now, instant)
        if not self._sleepers:
            self._has_sleepers.clear()
        for follower in self._followers:
            follower(self.micros())

"""The outside world of one process: time, ids and randomness, as the parts are handed them."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from gateway.ports.clock import Clock
from gateway.records.store_time import of_this_host


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


UUID_BYTES = 16
UUIDS_AT_ONCE = 256
"""How many the system is asked for at a time: asking costs more than everything else about an id."""


class Uuids:
    """Makes UUIDv4s from the system's randomness. For one process: none is to be made before it forks."""

    def __init__(self) -> None:
        self._ready: list[str] = []

    def __call__(self) -> str:
        if not self._ready:
            fresh = secrets.token_bytes(UUID_BYTES * UUIDS_AT_ONCE)
            starts = range(0, len(fresh), UUID_BYTES)
            self._ready = [str(UUID(bytes=fresh[at : at + UUID_BYTES], version=4)) for at in starts]
        return self._ready.pop()


@dataclass(frozen=True, kw_only=True)
class World:
    """What is passed in everywhere and fetched nowhere."""

    clock: Clock = field(default_factory=SystemClock)
    store_time: Callable[[], int] = of_this_host
    """The clock of a store that has none of its own."""
    new_id: Callable[[], str] = field(default_factory=Uuids)
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    seconds: Callable[[], float] = time.monotonic

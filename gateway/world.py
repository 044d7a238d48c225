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


def new_uuid() -> str:
    """Make a UUIDv4 from the system's randomness."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


@dataclass(frozen=True, kw_only=True)
class World:
    """What is passed in everywhere and fetched nowhere."""

    clock: Clock = field(default_factory=SystemClock)
    store_time: Callable[[], int] = of_this_host
    """The clock of a store that has none of its own."""
    new_id: Callable[[], str] = new_uuid
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    seconds: Callable[[], float] = time.monotonic

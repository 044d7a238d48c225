from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from gateway.rules.events import Event
from gateway.upstream.connection import Connection, Timeouts
from gateway.upstream.runway import Runway
from tests.gateway.upstream.wire import Wire, listening

KEY = "key_canary0123456789"
IMPATIENT = Timeouts(connect=0.05, create=0.05, read=0.05, delete=0.05, forward=0.05)


@dataclass
class Ticks:
    """A clock that moves by a quarter of a second whenever it is read."""

    seconds: float = 0.0

    def __call__(self) -> float:
        self.seconds += 0.25
        return self.seconds


@dataclass
class Told:
    """Keeps the events it is told."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with listening(Wire()) as wire:
        yield wire


Connects = Callable[..., Runway]


@pytest.fixture
async def runway_at(told: Told) -> AsyncIterator[Connects]:
    """Connect to a base URL, and disconnect when the test ends."""
    async with AsyncExitStack() as stack:

        def connect(base_url: str, timeouts: Timeouts | None = None) -> Runway:
            connection = Connection(
                base_url,
                KEY,
                operation_of=lambda method, path: f"{method} {path}",
                report=told,
                monotonic=Ticks(),
                timeouts=timeouts,
            )
            stack.push_async_callback(connection.aclose)
            return Runway(connection)

        yield connect


@pytest.fixture
def runway(wire: Wire, runway_at: Connects) -> Runway:
    return runway_at(wire.url)


@pytest.fixture
def impatient(wire: Wire, runway_at: Connects) -> Runway:
    """Gives up after a twentieth of a second."""
    return runway_at(wire.url, IMPATIENT)

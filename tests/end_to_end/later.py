"""A gateway whose clock a test moves: what takes it half an hour or a day is seen at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.records.leases import LEASE
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING
from gateway.rules.pace import POLL_LAST, STUCK_AFTER
from tests.support.gateway import Gateway, running_gateway
from tests.support.mock import Mock

AHEAD = Path(__file__).parent / "ahead"
"""Holds what a Python reads as it starts, so that the whole program is the real one but for its clock."""
MOMENT = timedelta(seconds=5)
NEXT_LOOK = (POLL_LAST + MOMENT).total_seconds()
"""After so many seconds every running task is read again,"""
NEXT_EVIDENCE = (timedelta(minutes=1) + MOMENT).total_seconds()
"""every unclear one is looked for again,"""
LEASE_OVER = (LEASE + MOMENT).total_seconds()
"""a create without an answer is given up,"""
STANDS_STILL = (STUCK_AFTER + MOMENT).total_seconds()
"""one that does not move counts as stuck,"""
GIVEN_UP = (UNCLEAR_SHOWN_RUNNING + MOMENT).total_seconds()
"""and an unclear one shows its end."""
WAIT_SECONDS = 1.0
"""How long this gateway lets a client wait for Runway."""


@dataclass
class Clock:
    """The clock of a gateway's processes, ahead of the machine's."""

    folder: Path
    _ahead: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.advance(0)

    def advance(self, seconds: float) -> None:
        """Move on; all of the gateway's waits that end meanwhile are over."""
        self._ahead += seconds
        new = self.folder / "ahead.new"
        new.write_text(str(self._ahead))
        new.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(AHEAD), "CLOCK_AHEAD": str(self._file)}

    @property
    def _file(self) -> Path:
        return self.folder / "ahead"


@dataclass(frozen=True)
class Clocked:
    """A gateway with its clock. The mock's clock goes by itself, so that Runway may stand still meanwhile."""

    gateway: Gateway
    clock: Clock

    def task(self, id: str, team: str) -> Any:  # noqa: ANN401 (JSON)
        """A team's task as an administrator sees it."""
        return next(task for task in self.gateway.tasks(team) if task["id"] == id)


@contextmanager
def clocked_gateway(folder: Path, mock: Mock) -> Iterator[Clocked]:
    clock = Clock(folder)
    environment = clock.environment | {"GATEWAY__LIMITS__FORWARD_WAIT_SECONDS": str(WAIT_SECONDS)}
    with running_gateway(folder, mock, environment=environment) as gateway:
        yield Clocked(gateway, clock)

"""The board: what tasks show, in memory. Polls are answered from here and touch nothing else."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.ports.records import Seen
from gateway.rules.generation import Generation
from gateway.rules.ids import TaskId, TeamId


class Shown(Struct, frozen=True):
    """A task as its team sees it: the JSON body of Runway's shape, ready to send."""

    team: TeamId
    body: bytes
    expires_at: datetime | None
    """When its first output URL stops working; None without one."""


class Board(Protocol):
    """At most a second old in every process. What it shows as ended never goes on again."""

    def shown(self, task: TaskId) -> Shown | None:
        """Look up a task in memory; None when it is not here, which does not mean that there is none."""
        ...

    async def load(self, task: TaskId) -> Shown | None:
        """Read a task from the records and keep it here; None when there is none."""
        ...

    def put(self, seen: Seen) -> None:
        """Show a task that this process has just written."""
        ...

    def update(self, generation: Generation) -> None:
        """Show a change that this process has just written."""
        ...

    def drop(self, task: TaskId) -> None:
        """Show a task no more."""
        ...

    async def refresh(self) -> None:
        """Show what any process wrote since the last time; to be called twice a second."""
        ...

"""The hot path: `GET /v1/tasks/{id}`, answered from the board, with nothing in between."""

from dataclasses import dataclass, field

from gateway.flows.refresh import Refresh
from gateway.ports.board import Board, Shown
from gateway.ports.telemetry import Report
from gateway.rules.directory import Holder
from gateway.rules.events import Polled
from gateway.rules.ids import TaskId
from gateway.rules.refusals import NotFound

ROUTE = "/v1/tasks/{id}"
TASK_ID_LENGTH = 36
UNTOLD_MAX = 10_000
"""Polls from memory that are told together at the latest."""


@dataclass(frozen=True, kw_only=True)
class Polls:
    """Shows a team its own tasks; anyone else's are not found."""

    board: Board
    refresh: Refresh
    report: Report
    _untold: list[float] = field(default_factory=list)

    def at_once(self, holder: Holder, task: TaskId) -> bytes | None:
        """Answer from memory; None when that takes more."""
        shown = self.board.shown(task)
        if shown is None or shown.team != holder.team.id or self.refresh.is_due(shown):
            return None
        return shown.body

    def count(self, seconds: float) -> None:
        """Count a poll that was answered at once; it is told with others."""
        self._untold.append(seconds)
        if len(self._untold) >= UNTOLD_MAX:
            self._tell()

    async def tell(self) -> None:
        """Tell the polls that were counted since the last time; to be called every second."""
        self._tell()

    async def body(self, holder: Holder, task: TaskId) -> bytes:
        """Answer with a look into the records or at Runway. Raises NotFound."""
        shown = self.board.shown(task) or await self._load(task)
        if shown is None or shown.team != holder.team.id:
            raise NotFound("Task")
        if self.refresh.is_due(shown):
            shown = await self.refresh.refresh(task, shown)
        return shown.body

    def _tell(self) -> None:
        if self._untold:
            self.report(Polled(route=ROUTE, seconds=tuple(self._untold)))
            self._untold.clear()

    async def _load(self, task: TaskId) -> Shown | None:
        return await self.board.load(task) if len(task) == TASK_ID_LENGTH else None

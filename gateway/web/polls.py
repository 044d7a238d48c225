"""The hot path: `GET /v1/tasks/{id}`, answered from the board, with nothing in between."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.flows.refresh import Refresh
from gateway.ports.board import Board, Shown
from gateway.rules.directory import Holder
from gateway.rules.ids import TaskId
from gateway.rules.refusals import NotFound

PATH = "/v1/tasks/"
TASK_ID_LENGTH = 36


@dataclass(frozen=True, kw_only=True)
class Polls:
    """Shows a team its own tasks; anyone else's are not found."""

    board: Board
    refresh: Refresh

    def at_once(self, holder: Holder, task: TaskId) -> bytes | None:
        """Answer from memory; None when that takes more."""
        shown = self.board.shown(task)
        if shown is None or shown.team != holder.team.id or self.refresh.is_due(shown):
            return None
        return shown.body

    async def body(self, holder: Holder, task: TaskId) -> bytes:
        """Answer with a look into the records or at Runway. Raises NotFound."""
        shown = self.board.shown(task) or await self._load(task)
        if shown is None or shown.team != holder.team.id:
            raise NotFound("Task")
        if self.refresh.is_due(shown):
            shown = await self.refresh.refresh(task, shown)
        return shown.body

    async def _load(self, task: TaskId) -> Shown | None:
        return await self.board.load(task) if len(task) == TASK_ID_LENGTH else None


def is_poll(scope: Mapping[str, object]) -> bool:
    """Tell whether a request may be on the hot path."""
    path = scope["path"]
    assert isinstance(path, str), "ASGI gives the path as text"
    return scope["method"] == "GET" and path.startswith(PATH)

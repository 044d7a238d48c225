"""Tasks of all teams, and what to do about an unclear one."""

from http import HTTPStatus
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from gateway.ports.reports import Page
from gateway.rules.credits import to_credits
from gateway.rules.generation import Stage
from gateway.rules.ids import TaskId, TeamId
from gateway.rules.refusals import NotFound
from gateway.web.admin.errors import errors
from gateway.web.admin.keys import OfTeam
from gateway.web.admin.paging import LIMIT, Cursor, Limit, read
from gateway.web.admin.shapes import Resolution, TaskList, TaskShown
from gateway.web.given import GivenAdminister, GivenReports

Id = Annotated[str, PathParameter(pattern="^[A-Za-z0-9-]{1,64}$", description="The task's id")]
OfStage = Annotated[Stage | None, QueryParameter(description="In this stage alone")]


class Tasks(Controller):
    path = "/tasks"
    tags = ("Tasks",)

    @get(responses=errors(), summary="List tasks")
    async def list_tasks(
        self,
        reports: GivenReports,
        team: OfTeam = None,
        stage: OfStage = None,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
    ) -> TaskList:
        """Newest first, deleted ones too."""
        tasks, next_cursor = await read(
            reports.tasks(Page(limit, cursor), team=None if team is None else TeamId(team), stage=stage)
        )
        return TaskList.of(map(TaskShown.of, tasks), next_cursor)

    @post(
        "/{id:str}/resolution",
        status_code=HTTPStatus.NO_CONTENT,
        responses=errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
        summary="Resolve an unclear task",
    )
    async def resolve_task(self, administer: GivenAdminister, id: Id, data: JSONBody[Resolution]) -> None:
        """Settle it at what it really cost, as Runway's own usage page tells."""
        try:
            await administer.resolve(TaskId(id), to_credits(data.charged), data.reason)
        except NotFound:
            raise NotFound(f"task {id}") from None

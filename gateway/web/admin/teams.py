"""Teams: add, list, show, change, archive."""

from http import HTTPStatus
from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET

from gateway.ports.reports import Page
from gateway.rules.ids import TeamId
from gateway.rules.refusals import Invalid, NotFound
from gateway.web.admin.errors import errors
from gateway.web.admin.paging import LIMIT, Cursor, Limit, read
from gateway.web.admin.reading import check_names
from gateway.web.admin.shapes import NewTeam, TeamChange, TeamList, TeamShown
from gateway.web.admin.versions import ETAG, IfMatch, etag, wanted_version
from gateway.web.given import GivenAdminister, GivenDirectory, GivenOffered, GivenReports

Id = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,62}$", description="The team's id")]


class Teams(Controller):
    path = "/teams"
    tags = ("Teams",)

    @get(responses=errors(), summary="List teams")
    async def list_teams(
        self, reports: GivenReports, limit: Limit = LIMIT, cursor: Cursor = None
    ) -> TeamList:
        """All teams by id, archived ones too."""
        teams, next_cursor = await read(reports.teams(Page(limit, cursor)))
        return TeamList.of(map(TeamShown.of, teams), next_cursor)

    @post(responses=errors(HTTPStatus.CONFLICT), response_headers=[ETAG], summary="Add a team")
    async def add_team(
        self, administer: GivenAdminister, offered: GivenOffered, data: JSONBody[NewTeam]
    ) -> Response[TeamShown]:
        """A team without a policy is bound by the organisation's alone."""
        check_names(data.policy, offered)
        team = await administer.add_team(data.id, data.name, data.policy)
        return Response(TeamShown.of(team), headers=etag(team.version))

    @get("/{id:str}", responses=errors(HTTPStatus.NOT_FOUND), response_headers=[ETAG], summary="Show a team")
    async def show_team(self, directory: GivenDirectory, id: Id) -> Response[TeamShown]:
        """The team with its policy, also when it is archived."""
        team = await directory.team(TeamId(id))
        if team is None:
            raise NotFound(f"team {id}")
        return Response(TeamShown.of(team), headers=etag(team.version))

    @patch(
        "/{id:str}",
        responses=errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_REQUIRED),
        response_headers=[ETAG],
        summary="Change a team",
    )
    async def change_team(
        self,
        administer: GivenAdminister,
        offered: GivenOffered,
        id: Id,
        data: JSONBody[TeamChange],
        if_match: IfMatch = None,
    ) -> Response[TeamShown]:
        """Name, policy or both. A policy replaces the one before as a whole and needs `If-Match`."""
        if data.name is UNSET and data.policy is UNSET:
            raise Invalid("Send name, policy or both")
        check_names(data.policy, offered)
        team = await administer.change_team(
            TeamId(id),
            name=data.name or None,
            policy=data.policy or None,
            if_version=wanted_version(if_match) if data.policy is not UNSET else None,
        )
        return Response(TeamShown.of(team), headers=etag(team.version))

    @delete("/{id:str}", responses=errors(HTTPStatus.NOT_FOUND), summary="Archive a team")
    async def archive_team(self, administer: GivenAdminister, id: Id) -> None:
        """Its keys are revoked at once; what it spent stays in every report."""
        await administer.archive_team(TeamId(id))

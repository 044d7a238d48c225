"""A team's virtual keys: make, list, show, change, revoke."""

from http import HTTPStatus
from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from gateway.ports.reports import Page
from gateway.rules.ids import KeyId, TeamId
from gateway.rules.refusals import NotFound
from gateway.web.admin.errors import errors
from gateway.web.admin.paging import LIMIT, Cursor, Limit, read
from gateway.web.admin.reading import check_names
from gateway.web.admin.shapes import KeyChange, KeyList, KeyShown, MadeKeyShown, NewKey
from gateway.web.admin.versions import ETAG, IfMatch, etag, wanted_version
from gateway.web.given import GivenAdminister, GivenDirectory, GivenOffered, GivenReports

Id = Annotated[str, PathParameter(pattern="^[A-Za-z0-9-]{1,64}$", description="The key's id, not its secret")]
OfTeam = Annotated[
    str | None, QueryParameter(pattern="^[a-z][a-z0-9-]{0,62}$", description="Of this team alone")
]
NOT_KEPT = {"Cache-Control": "no-store"}


class Keys(Controller):
    path = "/keys"
    tags = ("Keys",)

    @get(responses=errors(), summary="List keys")
    async def list_keys(
        self, reports: GivenReports, team: OfTeam = None, limit: Limit = LIMIT, cursor: Cursor = None
    ) -> KeyList:
        """Newest first, revoked and expired ones too; never the secrets."""
        keys, next_cursor = await read(
            reports.keys(Page(limit, cursor), team=None if team is None else TeamId(team))
        )
        return KeyList.of(map(KeyShown.of, keys), next_cursor)

    @post(responses=errors(HTTPStatus.NOT_FOUND), response_headers=[ETAG], summary="Make a key")
    async def add_key(
        self, administer: GivenAdminister, offered: GivenOffered, data: JSONBody[NewKey]
    ) -> Response[MadeKeyShown]:
        """The secret is in this answer only."""
        check_names(data.policy, offered)
        made = await administer.add_key(
            TeamId(data.team), data.label, data.policy, expires_at=data.expires_at
        )
        return Response(MadeKeyShown.of(made), headers=etag(made.key.version) | NOT_KEPT)

    @get("/{id:str}", responses=errors(HTTPStatus.NOT_FOUND), response_headers=[ETAG], summary="Show a key")
    async def show_key(self, directory: GivenDirectory, id: Id) -> Response[KeyShown]:
        """The key with its policy, without its secret."""
        key = await directory.key(KeyId(id))
        if key is None:
            raise NotFound(f"key {id}")
        return Response(KeyShown.of(key), headers=etag(key.version))

    @patch(
        "/{id:str}",
        responses=errors(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_REQUIRED),
        response_headers=[ETAG],
        summary="Change a key's policy",
    )
    async def change_key(
        self,
        administer: GivenAdminister,
        offered: GivenOffered,
        id: Id,
        data: JSONBody[KeyChange],
        if_match: IfMatch = None,
    ) -> Response[KeyShown]:
        """The policy replaces the one before as a whole."""
        check_names(data.policy, offered)
        key = await administer.change_key(KeyId(id), data.policy, if_version=wanted_version(if_match))
        return Response(KeyShown.of(key), headers=etag(key.version))

    @delete("/{id:str}", responses=errors(HTTPStatus.NOT_FOUND), summary="Revoke a key")
    async def revoke_key(self, administer: GivenAdminister, id: Id) -> None:
        """It is refused from now on; its tasks go on."""
        await administer.revoke_key(KeyId(id))

"""The organisation's policy, which binds every team."""

from http import HTTPStatus

from litestar import Controller, Response, get, put
from litestar.params import JSONBody

from gateway.rules.ids import ORGANIZATION
from gateway.rules.policy import Policy
from gateway.web.admin.errors import errors
from gateway.web.admin.reading import check_names
from gateway.web.admin.versions import ETAG, IfMatch, etag, wanted_version
from gateway.web.given import GivenAdminister, GivenDirectory, GivenOffered


class OrganizationPolicy(Controller):
    path = "/organization/policy"
    tags = ("Organization",)

    @get(responses=errors(), response_headers=[ETAG], summary="Show the organisation's policy")
    async def show_policy(self, directory: GivenDirectory) -> Response[Policy]:
        """An absent field restricts nothing."""
        policy, version = await directory.organization()
        return Response(policy, headers=etag(version))

    @put(
        responses=errors(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_REQUIRED),
        response_headers=[ETAG],
        summary="Replace the organisation's policy",
    )
    async def replace_policy(
        self,
        administer: GivenAdminister,
        offered: GivenOffered,
        data: JSONBody[Policy],
        if_match: IfMatch = None,
    ) -> Response[Policy]:
        """A new limit starts at what was really spent in its window."""
        check_names(data, offered)
        version = await administer.set_policy(ORGANIZATION, data, if_version=wanted_version(if_match))
        return Response(data, headers=etag(version))

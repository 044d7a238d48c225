"""Everything below `/admin/v1`, behind an admin key."""

from typing import Any, cast

from litestar import Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from gateway.flows.attempts import Attempts
from gateway.rules.keys import is_well_formed
from gateway.rules.refusals import AdminsOnly
from gateway.web.admin.audit import Audit
from gateway.web.admin.entries import Entries
from gateway.web.admin.keys import Keys
from gateway.web.admin.policies import OrganizationPolicy
from gateway.web.admin.queries import check_query
from gateway.web.admin.reading import BODY_BYTES_MAX, AdminRequest
from gateway.web.admin.tasks import Tasks
from gateway.web.admin.teams import Teams
from gateway.web.admin.usage import Usage
from gateway.web.bearer import AdminKeys, bearer
from gateway.web.exchange import Headers, header_map

ADMIN_KEY = "adminKey"
"""The name of the security scheme in the document."""


def administration(*guards: Guard) -> Router:
    """Gather the routes of all subjects behind guards."""
    return Router(
        "/admin/v1",
        route_handlers=[Teams, Keys, OrganizationPolicy, Tasks, Usage, Entries, Audit],
        guards=guards,
        request_class=AdminRequest,
        before_request=check_query,
        request_max_body_size=BODY_BYTES_MAX,
        security=[{ADMIN_KEY: []}],
    )


def admins_only(admin_keys: AdminKeys, attempts: Attempts) -> Guard:
    """Make the guard: an administrator always gets in, and an address tries few other keys a minute."""

    def check(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        secret = bearer(header_map(cast("Headers", connection.scope["headers"])))
        if admin_keys.accepts(secret):
            return
        if is_well_formed(secret):
            raise AdminsOnly
        address = connection.client.host if connection.client is not None else ""
        attempts.check(address)
        raise attempts.miss(address)

    return check

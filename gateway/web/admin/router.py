"""Everything below `/admin/v1`, behind an admin key."""

from typing import Any

from litestar import Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from gateway.rules.keys import is_well_formed
from gateway.rules.refusals import AdminsOnly, Unauthenticated
from gateway.web.admin.audit import Audit
from gateway.web.admin.entries import Entries
from gateway.web.admin.keys import Keys
from gateway.web.admin.policies import OrganizationPolicy
from gateway.web.admin.reading import BODY_BYTES_MAX, AdminRequest
from gateway.web.admin.tasks import Tasks
from gateway.web.admin.teams import Teams
from gateway.web.admin.usage import Usage
from gateway.web.bearer import AdminKeys, bearer

ADMIN_KEY = "adminKey"
"""The name of the security scheme in the document."""


def administration(admin_keys: AdminKeys) -> Router:
    """Gather the routes of all subjects."""
    return Router(
        "/admin/v1",
        route_handlers=[Teams, Keys, OrganizationPolicy, Tasks, Usage, Entries, Audit],
        guards=[_admins_only(admin_keys)],
        request_class=AdminRequest,
        request_max_body_size=BODY_BYTES_MAX,
        security=[{ADMIN_KEY: []}],
    )


def _admins_only(admin_keys: AdminKeys) -> Guard:
    def check(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        secret = bearer(dict(connection.scope["headers"]))
        if admin_keys.accepts(secret):
            return
        raise AdminsOnly if is_well_formed(secret) else Unauthenticated

    return check

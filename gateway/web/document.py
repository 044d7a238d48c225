"""The document of the gateway's own HTTP API, made of its routes."""

import json
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from gateway.rules.policy import Policy
from gateway.web.admin.errors import Error
from gateway.web.admin.router import ADMIN_KEY, administration
from gateway.web.admin.shapes import (
    ChangeList,
    EntryList,
    KeyChange,
    KeyList,
    KeyShown,
    MadeKeyShown,
    NewKey,
    NewTeam,
    Resolution,
    TaskList,
    TeamChange,
    TeamList,
    TeamShown,
    UsageReport,
)
from gateway.web.given import GIVEN, give
from gateway.web.health import Health

DESCRIPTION = """\
Administration and health of the gateway. Teams need none of it: they call Runway's own API below `/v1`.

Amounts are whole credits as decimal numbers. `nextCursor` of one page of a list is `cursor` of the next.
Policies carry a version: a change sends the one that it read as `If-Match`."""

SHAPES = (
    *(NewTeam, TeamChange, TeamShown, TeamList),
    *(NewKey, KeyChange, MadeKeyShown, KeyShown, KeyList),
    *(Resolution, TaskList, UsageReport, EntryList, ChangeList),
    *(Policy, Error),
)


@cache
def document() -> bytes:
    """Write the document as JSON; always the same bytes for the same routes."""
    described = Litestar(
        route_handlers=[administration(), Health],
        dependencies=give(dict.fromkeys(GIVEN)),
        openapi_config=_config(),
        logging_config=None,
    )
    schema = described.openapi_schema.to_schema()
    schema["components"]["schemas"] = _shapes()
    return (json.dumps(schema, indent=1, sort_keys=True) + "\n").encode()


def _shapes() -> dict[str, Any]:
    """Describe shapes by what reads and writes them: the framework's description is less exact."""
    _, shapes = msgspec.json.schema_components(SHAPES, ref_template="#/components/schemas/{name}")
    return shapes


def _config() -> OpenAPIConfig:
    scheme = SecurityScheme(type="http", scheme="bearer", description="An admin key")
    subjects = ("Teams", "Keys", "Organization", "Tasks", "Usage", "Audit", "Health")
    return OpenAPIConfig(
        title="Runway gateway",
        version="1",
        description=DESCRIPTION,
        components=Components(security_schemes={ADMIN_KEY: scheme}),
        tags=[Tag(name) for name in subjects],
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin()],
    )

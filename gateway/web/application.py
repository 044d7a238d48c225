"""The gateway's own HTTP API: administration, health and its documentation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from litestar import Litestar, MediaType, get

from gateway.flows.administer import Administer
from gateway.flows.attempts import Attempts
from gateway.ports.clock import Clock
from gateway.ports.records import Directory
from gateway.ports.reports import Reports
from gateway.ports.telemetry import Report
from gateway.rules.offered import Offered
from gateway.web.admin.router import administration, admins_only
from gateway.web.bearer import AdminKeys
from gateway.web.document import document
from gateway.web.exchange import App
from gateway.web.failures import Failures
from gateway.web.given import GIVEN, Ready, give
from gateway.web.health import Health
from gateway.web.page import page
from gateway.web.told import Told


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the application is made of."""

    administer: Administer
    reports: Reports
    directory: Directory
    admin_keys: AdminKeys
    attempts: Attempts
    offered: Offered
    ready: Ready
    """Tells `records`, `ledger` and whatever else in one word each; `ok` is the good one."""
    clock: Clock
    new_id: Callable[[], str]
    report: Report


def application(parts: Parts) -> Told:
    """Put the application together; every request is told once."""
    guard = admins_only(parts.admin_keys, parts.attempts)
    framework = Litestar(
        route_handlers=[administration(guard), Health, show_document, show_page],
        dependencies=give({name: getattr(parts, name) for name in GIVEN}),
        exception_handlers={Exception: Failures(parts.report).answer},
        openapi_config=None,
        logging_config=None,
    )
    return Told(cast("App", framework), clock=parts.clock, new_id=parts.new_id, report=parts.report)


@get("/openapi.json", media_type=MediaType.JSON, sync_to_thread=False)
def show_document() -> bytes:
    """Serve the document for programs."""
    return document()


@get("/docs", media_type=MediaType.HTML, sync_to_thread=False)
def show_page() -> str:
    """Serve the document for people."""
    return page()

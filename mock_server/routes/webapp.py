"""The linked web workspace: its usage and its audit log, told from what this tenant did with the API."""

from collections.abc import Iterator
from typing import Any

from mock_server import refusals
from mock_server.asgi import Answer, json_answer
from mock_server.billing import Entry, EntryKind
from mock_server.calls import Call
from mock_server.clock import iso_time
from mock_server.credits import shown
from mock_server.journal import Record
from mock_server.paging import page
from mock_server.routes.windows import window

EMAIL = "developer@mock.invalid"
USERNAME = "developer"
WORKSPACE = {"workspaceId": 1, "workspaceName": "Mock workspace"}
ADDRESS = "127.0.0.1"
ACTIONS = {
    "uploads_create_ephemeral": "AssetCreated",
    "tasks_delete": "AssetDeleted",
    "routers_create": "OrganizationSettingsUpdated",
    "routers_update": "OrganizationSettingsUpdated",
    "routers_delete": "OrganizationSettingsUpdated",
}


async def usage(call: Call) -> Answer:
    """Newest first: every charge and every refund."""
    asked, entries = window(call, "from", "to"), call.tenant.ledger.entries
    found = [
        ((-entry.moment, -number), entry)
        for number, entry in enumerate(entries)
        if entry.kind is not EntryKind.GRANT and entry.moment in asked and _is_our_workspace(call)
    ]
    return page(call, found, lambda entry: _spending(entry, call))


async def audit_logs(call: Call) -> Answer:
    found = [((-record.moment, -record.number), record) for record in _asked_for(call)]
    return page(call, found, _listed)


async def audit_log(call: Call) -> Answer:
    event_id = call.parameters["eventId"]
    for record in _records(call):
        if event_id == _event_id(record):
            return json_answer(_whole(record))
    if event_id == call.world.settings.pinned_id:
        return json_answer(_whole(_record_of(call)) | {"eventId": event_id})
    return refusals.not_found("AuditLog")


def _asked_for(call: Call) -> Iterator[Record]:
    asked, query = window(call, "from", "to"), call.query
    if not _is_our_workspace(call) or not _holds(query.get("actorEmails"), EMAIL):
        return
    for record in _records(call):
        if record.moment in asked and _holds(query.get("actions"), _action(record)):
            yield record


def _records(call: Call) -> Iterator[Record]:
    """What changed something, as far as the journal still knows it."""
    for record in call.world.journal.find(tenant=call.tenant.key):
        if record.status < 400 and _action(record):  # noqa: PLR2004 (client errors and worse)
            yield record


def _action(record: Record) -> str:
    """Empty for what no audit log has."""
    return "GenerationCreated" if record.model else ACTIONS.get(record.operation, "")


def _holds(listed: str | None, wanted: str) -> bool:
    return listed is None or wanted in listed.split(",")


def _is_our_workspace(call: Call) -> bool:
    return _holds(call.query.get("workspaceIds"), str(WORKSPACE["workspaceId"]))


def _spending(entry: Entry, call: Call) -> dict[str, Any]:
    task = call.tenant.tasks.get(entry.task)
    return {
        "timestamp": iso_time(entry.moment),
        "email": EMAIL,
        "tool": entry.model if task is None else task.origin.operation,
        "credits": shown(entry.amount),
        "type": entry.kind.value,
    } | WORKSPACE


def _listed(record: Record) -> dict[str, Any]:
    return {
        "eventId": _event_id(record),
        "timestamp": iso_time(record.moment),
        "action": _action(record),
        "actorEmail": EMAIL,
        "actorUsername": USERNAME,
        "actorDeleted": False,
    } | WORKSPACE


def _whole(record: Record) -> dict[str, Any]:
    metadata = {"Via public API": True, "Operation": record.operation} | (
        {"Model": record.model} if record.model else {}
    )
    resource = {"resourceType": "Task", "resourceId": record.task} if record.task else {}
    return _listed(record) | {"clientIpAddress": ADDRESS, "metadata": metadata} | resource


def _event_id(record: Record) -> str:
    return f"event-{record.number}"


def _record_of(call: Call) -> Record:
    """As if the call itself had changed something."""
    return Record(
        number=0,
        moment=call.tenant.clock.now(),
        operation="uploads_create_ephemeral",
        method="POST",
        path="/v1/uploads",
        status=200,
    )

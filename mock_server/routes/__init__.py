"""Runway's API: which endpoint answers which operation."""

from mock_server import refusals
from mock_server.asgi import Answer
from mock_server.calls import Call, RunwayEndpoint
from mock_server.routes import creates, invocations, organization, tasks, uploads
from mock_server.spec import Operation

ENDPOINTS: dict[str, RunwayEndpoint] = {
    "tasks_retrieve": tasks.retrieve,
    "tasks_delete": tasks.delete,
    "uploads_create_ephemeral": uploads.begin,
    "organization_retrieve": organization.retrieve,
    "organization_retrieve_usage": organization.usage,
    "workflow_invocations_retrieve": invocations.retrieve,
}


def endpoint_of(operation: Operation) -> RunwayEndpoint:
    if operation.creates is not None:
        return creates.create
    return ENDPOINTS.get(operation.id, _not_yet)


async def _not_yet(call: Call) -> Answer:
    return refusals.not_yet(call.operation.id)

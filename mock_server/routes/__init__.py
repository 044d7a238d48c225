"""Runway's API: which endpoint answers which operation."""

from mock_server import refusals
from mock_server.asgi import Answer
from mock_server.calls import Call, RunwayEndpoint
from mock_server.resources import Kind
from mock_server.routes import (
    avatars,
    conversations,
    creates,
    documents,
    invocations,
    kept,
    organization,
    sessions,
    tasks,
    uploads,
    voices,
    webapp,
)
from mock_server.spec import Operation

ENDPOINTS: dict[str, RunwayEndpoint] = {
    "tasks_retrieve": tasks.retrieve,
    "tasks_delete": tasks.delete,
    "uploads_create_ephemeral": uploads.begin,
    "organization_retrieve": organization.retrieve,
    "organization_retrieve_usage": organization.usage,
    "organization_webapp_list_usage": webapp.usage,
    "organization_webapp_audit_logs_list": webapp.audit_logs,
    "organization_webapp_audit_logs_retrieve": webapp.audit_log,
    "workflow_invocations_retrieve": invocations.retrieve,
    "avatars_create": avatars.create,
    "avatars_list": kept.listing(Kind.AVATAR, avatars.show),
    "avatars_retrieve": kept.retrieval(Kind.AVATAR, avatars.show),
    "avatars_update": avatars.update,
    "avatars_delete": kept.removal(Kind.AVATAR),
    "avatars_get_usage": conversations.usage,
    "avatar_conversations_list": conversations.index,
    "avatar_conversations_retrieve": kept.retrieval(Kind.CONVERSATION, conversations.show),
    "avatar_conversations_delete": kept.removal(Kind.CONVERSATION),
    "documents_create": documents.create,
    "documents_list": documents.index,
    "documents_retrieve": kept.retrieval(Kind.DOCUMENT, documents.show),
    "documents_update": documents.update,
    "documents_delete": kept.removal(Kind.DOCUMENT),
    "realtime_sessions_create": sessions.create,
    "realtime_sessions_retrieve": kept.retrieval(Kind.SESSION, sessions.show),
    "realtime_sessions_delete": sessions.delete,
    "voices_create": voices.create,
    "voices_list": kept.listing(Kind.VOICE, voices.show),
    "voices_preview": voices.preview,
    "voices_retrieve": kept.retrieval(Kind.VOICE, voices.show),
    "voices_update": voices.update,
    "voices_delete": kept.removal(Kind.VOICE),
}


def endpoint_of(operation: Operation) -> RunwayEndpoint:
    if operation.creates is not None:
        return creates.create
    return ENDPOINTS.get(operation.id, _not_yet)


async def _not_yet(call: Call) -> Answer:
    return refusals.not_yet(call.operation.id)

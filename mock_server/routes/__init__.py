"""Runway's API: which endpoint answers which operation."""

from collections.abc import Callable

from mock_server.calls import Call, RunwayEndpoint
from mock_server.resources import Kind
from mock_server.routes import (
    avatars,
    conversations,
    creates,
    documents,
    generate,
    invocations,
    kept,
    organization,
    routers,
    sessions,
    tasks,
    uploads,
    voices,
    webapp,
    workflows,
)
from mock_server.routing import Modality
from mock_server.spec import Operation
from mock_server.surface import Surface

ENDPOINTS: dict[str, RunwayEndpoint] = {
    "tasks_retrieve": tasks.retrieve,
    "tasks_delete": tasks.delete,
    "uploads_create_ephemeral": uploads.begin,
    "organization_retrieve": organization.retrieve,
    "organization_retrieve_usage": organization.usage,
    "organization_webapp_list_usage": webapp.usage,
    "organization_webapp_audit_logs_list": webapp.audit_logs,
    "organization_webapp_audit_logs_retrieve": webapp.audit_log,
    "routers_create": routers.create,
    "routers_list": kept.listing(Kind.ROUTER, routers.show),
    "routers_retrieve": kept.retrieval(Kind.ROUTER, routers.show),
    "routers_update": routers.update,
    "routers_delete": kept.removal(Kind.ROUTER),
    "routers_list_requests": routers.requests,
    "generate_video": generate.endpoint(Modality.VIDEO),
    "generate_image": generate.endpoint(Modality.IMAGE),
    "generate_audio": generate.endpoint(Modality.AUDIO),
    "avatar_videos": avatars.create_video,
    "workflows_list": workflows.index,
    "workflows_retrieve": workflows.retrieve,
    "workflows_run": workflows.run,
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


MODELS: dict[str, Callable[[Call], str]] = {
    "tasks_retrieve": tasks.model,
    "tasks_delete": tasks.model,
    "workflow_invocations_retrieve": tasks.model,
    "workflows_run": workflows.model,
    "generate_video": generate.model(Modality.VIDEO),
    "generate_image": generate.model(Modality.IMAGE),
    "generate_audio": generate.model(Modality.AUDIO),
}
"""What a call is about, where its body does not say."""


def surface_of(operation: Operation) -> Surface:
    """Whatever creates a task and is not listed does it in the same way."""
    usual = {} if operation.creates is None else {operation.id: creates.create}
    endpoint = (usual | ENDPOINTS)[operation.id]
    return Surface(operation, endpoint, MODELS.get(operation.id, creates.model))

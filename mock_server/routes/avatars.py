"""Avatars: their faces, voices and characters."""

from typing import Any

from mock_server import failures, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.clock import iso_time
from mock_server.issues import Issue, Path
from mock_server.outputs import Artifact, plan
from mock_server.resources import Kind, Resource, State
from mock_server.routes import creates, kept
from mock_server.scripts import written

PREPARATION_SECONDS = 8.0  # assumed
FIELDS = ("name", "personality", "startScript", "voice", "documentIds", "referenceImage", "imageProcessing")
PREPARED_FIELDS = frozenset({"referenceImage", "imageProcessing"})


async def create(call: Call) -> Answer:
    kept.refuse_if(_problems(call))
    avatar = kept.new(call, Kind.AVATAR, _fields(call.body))
    _prepare(avatar, call)
    call.tenant.resources.add(avatar)
    return json_answer(show(avatar, call))


async def update(call: Call) -> Answer:
    """A conflict while it is still in preparation. Another image prepares it again."""
    avatar = kept.find(call, Kind.AVATAR)
    if avatar.status == State.PROCESSING and avatar.id != call.world.settings.pinned_id:
        raise Refused(refusals.refusal(409, "The avatar is still being processed."))
    kept.refuse_if(_problems(call))
    avatar.fields |= _fields(call.body)
    kept.touch(call, avatar)
    if PREPARED_FIELDS & call.body.keys():
        _prepare(avatar, call)
        call.tenant.resources.schedule(avatar)
    return json_answer(show(avatar, call))


async def create_video(call: Call) -> Answer:
    """A task like others, of an avatar and a voice that are the tenant's own or Runway's."""
    voice = call.body["speech"].get("voice", {})
    path: Path = ["speech", "voice", "id"]
    wrong_voice = kept.missing(call, Kind.VOICE, voice["id"], path) if voice.get("type") == "custom" else []
    kept.refuse_if(unusable(call, call.body["avatar"]) + wrong_voice)
    return await creates.create(call)


def show(avatar: Resource, call: Call) -> dict[str, Any]:
    fields = avatar.fields
    body = {
        "id": avatar.id,
        "name": fields["name"],
        "personality": fields["personality"],
        "startScript": fields.get("startScript"),
        "documentIds": fields.get("documentIds", []),
        "voice": _voice(fields["voice"], call),
        "referenceImageUri": kept.output_url(call, avatar, 0),
        "processedImageUri": kept.output_url(call, avatar, 1) if avatar.status == State.READY else None,
        "status": avatar.status,
        "createdAt": iso_time(avatar.created),
        "updatedAt": iso_time(avatar.updated),
    }
    if avatar.status != State.FAILED:
        return body
    return body | {"failureReason": failures.family_of(avatar.failure_code).text}


def unusable(call: Call, avatar: dict[str, Any]) -> list[Issue]:
    """What is wrong with the `avatar` of a body: a custom one must be there, and be ready."""
    if avatar["type"] != "custom":
        return []
    path: Path = ["avatar", "avatarId"]
    found = call.tenant.resources.find(Kind.AVATAR, avatar["avatarId"])
    if found is None:
        return kept.missing(call, Kind.AVATAR, avatar["avatarId"], path)
    return [] if found.status == State.READY else [kept.not_ready(Kind.AVATAR, path)]


def _prepare(avatar: Resource, call: Call) -> None:
    avatar.artifacts = _images(avatar)
    avatar.prepare(written(call, running_seconds=PREPARATION_SECONDS), avatar.updated)


def _images(avatar: Resource) -> tuple[Artifact, ...]:
    """The reference image and the processed one, in small, neither of which was ever opened."""
    source = {"promptText": avatar.fields["referenceImage"], "ratio": "512:512", "outputCount": 2}
    return plan("text_to_image", "gemini_image3.1_flash", source)


def _problems(call: Call) -> list[Issue]:
    documents = [
        issue
        for place, document in enumerate(call.body.get("documentIds", ()))
        for issue in kept.missing(call, Kind.DOCUMENT, document, ["documentIds", place])
    ]
    voice = call.body.get("voice", {})
    if voice.get("type") != "custom":
        return documents
    return documents + kept.missing(call, Kind.VOICE, voice["id"], ["voice", "id"])


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in FIELDS if name in body}


def _voice(voice: dict[str, Any], call: Call) -> dict[str, Any]:
    if voice["type"] != "custom":
        return voice | {"name": voice["presetId"].title(), "description": "One of Runway's own voices."}
    found = call.tenant.resources.find(Kind.VOICE, voice["id"])
    described = {} if found is None else {name: found.fields.get(name) for name in ("name", "description")}
    return {"type": "custom", "id": voice["id"], "deleted": found is None} | described

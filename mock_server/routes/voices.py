"""Voices made from a sound or a description, and previews of them."""

from typing import Any

from mock_server import failures
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import iso_time
from mock_server.outputs import Artifact, plan
from mock_server.resources import Kind, Resource, State
from mock_server.routes import kept
from mock_server.scripts import written

PREPARATION_SECONDS = 5.0  # assumed
SAMPLE = "This is how I sound."


async def create(call: Call) -> Answer:
    voice = kept.new(call, Kind.VOICE, _fields(call.body))
    voice.artifacts = _sample(call.body["from"])
    voice.prepare(written(call, running_seconds=PREPARATION_SECONDS), voice.created)
    call.tenant.resources.add(voice)
    return json_answer({"id": voice.id})


async def update(call: Call) -> Answer:
    voice = kept.find(call, Kind.VOICE)
    voice.fields |= _fields(call.body)
    kept.touch(call, voice)
    return json_answer(show(voice, call))


async def preview(call: Call) -> Answer:
    """Costs nothing here: no price is published."""
    made = kept.new(call, Kind.VOICE_PREVIEW, {})
    made.artifacts = _sample(call.body)
    call.tenant.resources.add(made)
    seconds = round(made.artifacts[0].duration_seconds, 1)
    return json_answer({"url": kept.output_url(call, made), "durationSecs": seconds})


def show(voice: Resource, call: Call) -> dict[str, Any]:
    body = {
        "id": voice.id,
        "name": voice.fields["name"],
        "description": voice.fields.get("description"),
        "status": voice.status,
        "createdAt": iso_time(voice.created),
    }
    match voice.status:
        case State.READY:
            return body | {"previewUrl": kept.output_url(call, voice)}
        case State.FAILED:
            return body | {"failureReason": failures.family_of(voice.failure_code).text}
        case _:
            return body


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("name", "description") if name in body}


def _sample(source: dict[str, Any]) -> tuple[Artifact, ...]:
    spoken = {"promptText": SAMPLE, "voice": source}
    return plan("text_to_speech", "eleven_v3", spoken)

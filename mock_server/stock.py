"""One of everything under one id: what the official SDK's own tests expect to find, and never to lose."""

from typing import Any

from mock_server.clock import Moment, milliseconds
from mock_server.credits import Credits
from mock_server.lifecycle import NodeRun, Origin
from mock_server.outputs import plan
from mock_server.prices import PriceTable
from mock_server.resources import Kind, Resource
from mock_server.script import Script, Succeeds
from mock_server.sessions import MODEL, Session
from mock_server.tenant import Order, Tenant

IMAGE = "https://mock.invalid/image.png"
OPERATION = "image_to_video"
CLIP = {"model": "gen4_turbo", "promptImage": IMAGE, "ratio": "1280:720", "duration": 5}
PICTURES = {"model": "gemini_image3.1_flash", "promptText": "a face", "ratio": "512:512", "outputCount": 4}
SPEECH = {
    "model": "eleven_v3",
    "promptText": "Hello.",
    "voice": {"type": "runway-preset", "presetId": "Maya"},
}
SECONDS = 10.0

FIELDS: dict[Kind, dict[str, Any]] = {
    Kind.AVATAR: {
        "name": "Pinned",
        "personality": "Patient.",
        "referenceImage": IMAGE,
        "voice": {"type": "runway-live-preset", "presetId": "adrian"},
    },
    Kind.DOCUMENT: {"name": "Pinned", "content": "Nothing."},
    Kind.ROUTER: {
        "slug": "pinned",
        "name": "Pinned",
        "description": None,
        "settings": {"schemaVersion": 1},
        "version": 1,
    },
    Kind.VOICE: {"name": "Pinned"},
}


def fill(tenant: Tenant, pinned_id: str, prices: PriceTable) -> None:
    now = tenant.clock.now()
    for kind, fields in FIELDS.items():
        tenant.resources.add(_resource(kind, pinned_id, fields, at=now))
    session = _session(tenant, pinned_id, at=now)
    tenant.stage.open(session, now)
    tenant.resources.add(_resource(Kind.CONVERSATION, pinned_id, {"session": session}, at=now))
    tenant.create(pinned_id, _order(prices))


def _resource(kind: Kind, pinned_id: str, fields: dict[str, Any], *, at: Moment) -> Resource:
    made = (
        plan("text_to_speech", None, SPEECH) if kind is Kind.VOICE else plan("text_to_image", None, PICTURES)
    )
    return Resource(kind=kind, id=pinned_id, created=at, updated=at, fields=dict(fields), artifacts=made)


def _session(tenant: Tenant, pinned_id: str, *, at: Moment) -> Session:
    return Session(
        kind=Kind.SESSION,
        id=pinned_id,
        created=at,
        updated=at,
        fields={"model": MODEL, "avatar": {"type": "custom", "avatarId": pinned_id}},
        key="session_pinned",
        script=_script(Credits(0)),
        on_end=tenant.stage.leave,
    )


def _order(prices: PriceTable) -> Order:
    """A task that is read as an invocation as well."""
    artifacts, estimate = plan(OPERATION, None, CLIP), Credits(prices.estimate(OPERATION, CLIP))
    nodes = (NodeRun(id="clip", name="Clip", outputs=len(artifacts)),)
    origin = Origin(operation=OPERATION, model="gen4_turbo", digest=b"pinned", retry_count=0, nodes=nodes)
    return Order(origin=origin, estimate=estimate, script=_script(estimate), artifacts=artifacts)


def _script(cost: Credits) -> Script:
    return Script(pending=0, running=milliseconds(SECONDS), ending=Succeeds(cost))

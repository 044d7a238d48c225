"""Realtime sessions: opened with the API key, entered with the session's own key."""

import hmac
from typing import Any

from mock_server import failures, refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.calls import Call
from mock_server.clock import iso_time
from mock_server.keys import bearer
from mock_server.resources import Kind, Resource
from mock_server.router import Parameters
from mock_server.routes import avatars, kept
from mock_server.script import Fails
from mock_server.scripts import written
from mock_server.sessions import BLOCK_COST, MODEL, UPFRONT_COST, Session, SessionStatus
from mock_server.side_door import Found, SideDoor
from mock_server.world import World

ROOM_URL = "wss://livekit.invalid"  # nobody answers there: the mock has no media server
CLOSED = refusals.refusal(400, "The session is not ready.")


async def create(call: Call) -> Answer:
    kept.refuse_if(avatars.unusable(call, call.body["avatar"]))
    kept.ensure_room(call)
    tenant = call.tenant
    if not tenant.may_create_today(MODEL):
        return refusals.daily_limit()
    if tenant.ledger.balance < UPFRONT_COST + BLOCK_COST:
        return refusals.not_enough_credits()
    tenant.count_create(MODEL)
    session = _new(call)
    tenant.stage.open(session, session.created)
    return json_answer({"id": session.id})


async def delete(call: Call) -> Answer:
    session = kept.find(call, Kind.SESSION)
    assert isinstance(session, Session)
    if not session.stage.is_terminal and session.id != call.world.settings.pinned_id:
        call.tenant.resources.change(session, session.cancel, at=call.tenant.advance())
    return kept.NO_CONTENT


def show(session: Resource, call: Call) -> dict[str, Any]:
    assert isinstance(session, Session)
    body = {"id": session.id, "status": session.status, "createdAt": iso_time(session.created)}
    match session.stage:
        case SessionStatus.NOT_READY:
            return body | {"queued": session.is_queued}
        case SessionStatus.READY:
            return body | {"sessionKey": session.key, "expiresAt": iso_time(session.expires)}
        case SessionStatus.COMPLETED:
            return body | {"duration": round(session.seconds(call.tenant.clock.now()))}
        case SessionStatus.FAILED:
            return body | failure_fields(session)
        case _:
            return body


def failure_fields(session: Session) -> dict[str, str]:
    return {
        "failure": failures.family_of(session.failure_code).text,
        "failureCode": session.failure_code or "INTERNAL",
    }


def _new(call: Call) -> Session:
    now, script = call.tenant.clock.now(), written(call, running_seconds=0)
    return Session(
        kind=Kind.SESSION,
        id=call.world.new_id(),
        created=now,
        updated=now,
        fields=call.body,
        key=f"session_{call.world.random.randbytes(24).hex()}",
        script=script,
        failure_code=(script.ending.code or "INTERNAL") if isinstance(script.ending, Fails) else None,
        on_end=call.tenant.stage.leave,
    )


def _conversation(session: Session) -> Resource:
    """It has the id of its session, and everything else from there."""
    assert session.started is not None, "a conversation begins when its session runs"
    return Resource(
        kind=Kind.CONVERSATION,
        id=session.id,
        created=session.started,
        updated=session.started,
        fields={"session": session},
    )


def _opened(world: World, _request: Request, parameters: Parameters) -> Found[Session] | None:
    owned = world.resource(Kind.SESSION, parameters["id"])
    if owned is None:
        return None
    tenant, session = owned
    assert isinstance(session, Session)
    return Found(tenant=tenant, thing=session, model=MODEL)


async def _consume(_world: World, request: Request, found: Found[Session]) -> Answer:
    tenant, session = found.tenant, found.thing
    given = bearer(request.headers) or ""
    if not hmac.compare_digest(given.encode(), session.key.encode()):
        return refusals.refusal(401, "The session key is wrong.")
    now = tenant.advance()
    if session.stage is not SessionStatus.READY:
        return CLOSED
    tenant.resources.change(session, session.consume, at=now)
    tenant.resources.add(_conversation(session))
    return json_answer({"url": ROOM_URL, "token": f"token-{session.id}", "roomName": f"room-{session.id}"})


CONSUME = SideDoor(
    name="consume",
    path="/v1/realtime_sessions/{id}/consume",
    find=_opened,
    enter=_consume,
    missing=refusals.not_found(Kind.SESSION),
)
"""What a client in a browser does with the session key, once; the session runs from then on."""

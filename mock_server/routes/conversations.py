"""Conversations with avatars: what remains of a realtime session."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from mock_server import issues, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.clock import Moment, iso_day, iso_time
from mock_server.paging import page
from mock_server.resources import Kind, Resource
from mock_server.routes import kept
from mock_server.routes.sessions import failure_fields
from mock_server.routes.windows import window
from mock_server.sessions import Session, SessionStatus

USAGE_DAYS_MAX = 90
STATUSES = {SessionStatus.RUNNING: "in_progress", SessionStatus.FAILED: "failed"}


async def index(call: Call) -> Answer:
    found = [known for known in call.tenant.resources.every(Kind.CONVERSATION) if _is_asked_for(known, call)]
    return page(call, kept.newest_first(found), lambda conversation: _listed(conversation, call))


async def usage(call: Call) -> Answer:
    """Seconds and sessions of each UTC day of the range, by the start of the session."""
    first, before = window(call, "startDate", "endDate")
    days = (date.fromisoformat(iso_day(before)) - date.fromisoformat(iso_day(first))).days
    if not 0 <= days <= USAGE_DAYS_MAX:
        message = f"endDate must be at most {USAGE_DAYS_MAX} days after startDate"
        raise Refused(refusals.invalid_query([issues.custom(message, ["endDate"])]))
    return json_answer(_usage(call, first, before))


def show(conversation: Resource, call: Call) -> dict[str, Any]:
    session, now = session_of(conversation), call.tenant.clock.now()
    body = _summary(conversation) | {
        "avatar": _avatar(session, call),
        "startedAt": _time_or_none(session.started),
        "duration": round(session.seconds(now)),
        "maxDuration": session.seconds_max,
        "tools": [_tool(tool) for tool in session.fields.get("tools", ())],
        "transcript": _transcript(session, call),
        "recordingUrl": None,
    }
    if session.stage is SessionStatus.RUNNING:
        return body
    body["endedAt"] = _time_or_none(session.ended)
    return body | failure_fields(session) if session.stage is SessionStatus.FAILED else body


def session_of(conversation: Resource) -> Session:
    session = conversation.fields["session"]
    assert isinstance(session, Session)
    return session


def _is_asked_for(conversation: Resource, call: Call) -> bool:
    chosen = session_of(conversation).fields["avatar"].get("avatarId")
    is_of_avatar = call.query.get("avatar") in {None, chosen}
    return is_of_avatar and conversation.created in window(call, "startDate", "endDate")


def _listed(conversation: Resource, call: Call) -> dict[str, Any]:
    session = session_of(conversation)
    return _summary(conversation) | {
        "avatar": {name: value for name, value in _avatar(session, call).items() if name != "imageUrl"},
        "duration": round(session.seconds(call.tenant.clock.now())),
        "hasTools": bool(session.fields.get("tools")),
    }


def _summary(conversation: Resource) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "name": f"Conversation of {iso_day(conversation.created)}",
        "status": STATUSES.get(session_of(conversation).stage, "ended"),
        "createdAt": iso_time(conversation.created),
    }


def _avatar(session: Session, call: Call) -> dict[str, Any]:
    chosen = session.fields["avatar"]
    if chosen["type"] != "custom":
        return {"type": chosen["type"], "presetId": chosen["presetId"], "name": chosen["presetId"]}
    avatar = call.tenant.resources.find(Kind.AVATAR, chosen["avatarId"])
    if avatar is None:
        return {"type": "custom", "id": None, "name": None, "imageUrl": None}
    image = kept.output_url(call, avatar, 0)
    return {"type": "custom", "id": avatar.id, "name": avatar.fields["name"], "imageUrl": image}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    return {name: tool[name] for name in ("type", "name", "description")}


def _transcript(session: Session, call: Call) -> list[dict[str, Any]]:
    """Nobody speaks in the mock, but the avatar begins as it was told to."""
    chosen = session.fields["avatar"]
    avatar = call.tenant.resources.find(Kind.AVATAR, chosen.get("avatarId", ""))
    opening = session.fields.get("startScript") or (avatar and avatar.fields.get("startScript"))
    if not opening:
        return []
    return [{"role": "assistant", "content": opening, "timestamp": _time_or_none(session.started)}]


def _usage(call: Call, first: Moment, before: Moment) -> dict[str, Any]:
    seconds: Counter[str] = Counter()
    sessions: Counter[str] = Counter()
    for session in call.tenant.resources.every(Kind.SESSION):
        if isinstance(session, Session) and session.started and first <= session.started < before:
            day = iso_day(session.started)
            seconds[day] += round(session.seconds(call.tenant.clock.now()))
            sessions[day] += 1
    total = seconds.total()
    return {
        "totalSeconds": total,
        "totalSessions": sessions.total(),
        "avgDurationSeconds": round(total / sessions.total()) if sessions else 0,
        "byDay": [
            {"date": day, "seconds": seconds[day], "sessions": sessions[day]} for day in _days(first, before)
        ],
    }


def _days(first: Moment, before: Moment) -> list[str]:
    """Every day that has a part between the two."""
    if first >= before:
        return []
    day, last = date.fromisoformat(iso_day(first)), date.fromisoformat(iso_day(Moment(before - 1)))
    return [(day + timedelta(days=passed)).isoformat() for passed in range((last - day).days + 1)]


def _time_or_none(moment: Moment | None) -> str | None:
    return None if moment is None else iso_time(moment)

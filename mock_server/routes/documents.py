"""Documents: the knowledge of avatars."""

from typing import Any

from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import iso_time
from mock_server.paging import Place, page
from mock_server.resources import Kind, Resource
from mock_server.routes import kept


async def create(call: Call) -> Answer:
    document = kept.new(call, Kind.DOCUMENT, {name: call.body[name] for name in ("name", "content")})
    call.tenant.resources.add(document)
    return json_answer(show(document, call))


async def update(call: Call) -> Answer:
    document = kept.find(call, Kind.DOCUMENT)
    document.fields |= {name: call.body[name] for name in ("name", "content") if name in call.body}
    kept.touch(call, document)
    return kept.NO_CONTENT


async def index(call: Call) -> Answer:
    documents = call.tenant.resources.every(Kind.DOCUMENT)
    placed = [(_place(document, call), document) for document in documents]
    return page(call, placed, lambda document: _listed(document, call))


def show(document: Resource, call: Call) -> dict[str, Any]:
    return {
        "id": document.id,
        "name": document.fields["name"],
        "content": document.fields["content"],
        "type": "text",
        "createdAt": iso_time(document.created),
        "updatedAt": iso_time(document.updated),
        "usedBy": _users(document, call),
    }


def _listed(document: Resource, call: Call) -> dict[str, Any]:
    return {name: value for name, value in show(document, call).items() if name != "content"}


def _place(document: Resource, call: Call) -> Place:
    moment = document.created if call.query["sort"] == "createdAt" else document.updated
    sign = 1 if call.query["order"] == "asc" else -1
    return sign * moment, sign * document.number


def _users(document: Resource, call: Call) -> list[dict[str, Any]]:
    return [
        {"id": avatar.id, "name": avatar.fields["name"], "imageUrl": None}
        for avatar in call.tenant.resources.every(Kind.AVATAR)
        if document.id in avatar.fields.get("documentIds", ())
    ]

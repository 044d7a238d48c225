"""Model routers: saved settings by which a routed request finds its model, and what they decided."""

from typing import Any

from mock_server import issues
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import iso_time
from mock_server.issues import Issue
from mock_server.paging import page
from mock_server.resources import Kind, Resource
from mock_server.routes import kept

DEFAULTS = {"schemaVersion": 1, "optimizeFor": "cost", "models": {"mode": "allow_new_except", "ids": []}}


async def create(call: Call) -> Answer:
    settings = call.body.get("settings", {})
    kept.refuse_if(_taken(call) + _unknown_models(call, settings))
    slug = call.body["slug"]
    fields = {
        "slug": slug,
        "name": call.body.get("name", slug),
        "description": call.body.get("description"),
        "settings": DEFAULTS | settings,
        "version": 1,
    }
    router = kept.new(call, Kind.ROUTER, fields)
    call.tenant.resources.add(router)
    return json_answer(show(router, call))


async def update(call: Call) -> Answer:
    """Each setting that is given takes the place of the one before."""
    router, settings = kept.find(call, Kind.ROUTER), call.body.get("settings", {})
    kept.refuse_if(_unknown_models(call, settings))
    router.fields |= {name: call.body[name] for name in ("name", "description") if name in call.body}
    router.fields["settings"] |= settings
    router.fields["version"] += 1
    kept.touch(call, router)
    return json_answer(show(router, call))


async def requests(call: Call) -> Answer:
    """Newest first."""
    router = kept.find(call, Kind.ROUTER)
    routed = call.tenant.resources.every(Kind.ROUTED_REQUEST)
    found = [request for request in routed if request.fields["router"] == router.id]
    return page(call, kept.newest_first(found), _shown_request)


def by_slug(call: Call, slug: str) -> Resource | None:
    """The newest, as the SDK's own tests make several."""
    found = [known for known in call.tenant.resources.every(Kind.ROUTER) if known.fields["slug"] == slug]
    return found[-1] if found else None


def show(router: Resource, call: Call) -> dict[str, Any]:
    del call
    return {
        "id": router.id,
        "createdAt": iso_time(router.created),
        "updatedAt": iso_time(router.updated),
    } | router.fields


def _shown_request(request: Resource) -> dict[str, Any]:
    shown = {name: value for name, value in request.fields.items() if name != "router"}
    return {"id": request.id, "createdAt": iso_time(request.created)} | shown


def _taken(call: Call) -> list[Issue]:
    if call.world.settings.pinned_id is not None or by_slug(call, call.body["slug"]) is None:
        return []
    return [issues.custom("This slug is already in use", ["slug"])]


def _unknown_models(call: Call, settings: dict[str, Any]) -> list[Issue]:
    if call.world.settings.pinned_id is not None:
        return []
    known, ids = call.world.rulebook.spec.models, (settings.get("models") or {}).get("ids", [])
    return [
        issues.custom(f"Unknown model {model}", ["settings", "models", "ids", place])
        for place, model in enumerate(ids)
        if model not in known
    ]

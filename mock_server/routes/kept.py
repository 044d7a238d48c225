"""What the endpoints of all kinds of resources have in common: keeping, finding, listing, removing."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from mock_server import issues, links, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.issues import Issue, Path
from mock_server.paging import Place, page
from mock_server.resources import Kind, Resource

NO_CONTENT = Answer(204)

Show = Callable[[Resource, Call], dict[str, Any]]


def new(call: Call, kind: Kind, fields: dict[str, Any]) -> Resource:
    """Not kept yet."""
    ensure_room(call)
    return of(call, kind, fields)


def of(call: Call, kind: Kind, fields: dict[str, Any]) -> Resource:
    """The same for what is bounded otherwise."""
    now = call.tenant.clock.now()
    return Resource(kind=kind, id=call.world.new_id(), created=now, updated=now, fields=fields)


def ensure_room(call: Call) -> None:
    most = call.world.settings.bounds.resources_per_tenant
    if len(call.tenant.resources) >= most:
        raise Refused(refusals.limitation(503, f"it keeps at most {most} resources for one API key."))


def find(call: Call, kind: Kind) -> Resource:
    """The resource that the path names."""
    found = call.tenant.resources.find(kind, call.parameters["id"])
    if found is None:
        raise Refused(refusals.not_found(kind))
    return found


def look_at(call: Call, kind: Kind) -> Resource:
    """The same, counted as a poll."""
    found = find(call, kind)
    call.tenant.poll(found, gap_seconds=call.world.settings.auto_gap_seconds)
    return found


def touch(call: Call, resource: Resource) -> None:
    resource.updated = call.tenant.clock.now()


def retrieval(kind: Kind, show: Show) -> Callable[[Call], Awaitable[Answer]]:
    async def retrieve(call: Call) -> Answer:
        return json_answer(show(look_at(call, kind), call))

    return retrieve


def listing(kind: Kind, show: Show) -> Callable[[Call], Awaitable[Answer]]:
    """Newest first."""

    async def index(call: Call) -> Answer:
        return page(call, newest_first(call.tenant.resources.every(kind)), lambda found: show(found, call))

    return index


def removal(kind: Kind) -> Callable[[Call], Awaitable[Answer]]:
    async def delete(call: Call) -> Answer:
        call.tenant.resources.remove(find(call, kind))
        return NO_CONTENT

    return delete


def newest_first(resources: Iterable[Resource]) -> list[tuple[Place, Resource]]:
    return [((-resource.created, -resource.number), resource) for resource in resources]


def missing(call: Call, kind: Kind, resource_id: object, path: Path) -> list[Issue]:
    """The issue of a body that names what the tenant has not."""
    if call.tenant.resources.find(kind, str(resource_id)) is not None:
        return []
    return [issues.custom(f"Could not find {kind} {resource_id}", path)]


def refuse_if(problems: list[Issue]) -> None:
    if problems:
        raise Refused(refusals.invalid_body(problems))


def not_ready(kind: Kind, path: Path) -> Issue:
    return issues.custom(f"The {kind} is not ready", path)


def output_url(call: Call, resource: Resource, index: int = 0) -> str:
    """Signed anew at every look."""
    signed = links.sign(file_path(resource, index), call.world.secret, now=call.tenant.clock.now())
    return call.public_origin + signed


def file_path(resource: Resource, index: int) -> str:
    return f"/{resource.kind}/{resource.id}/output-{index}.{resource.artifacts[index].extension}"

"""Output files, as Runway's CDN serves them: no key, only the signed URL."""

from collections.abc import Mapping

from mock_server import links, refusals
from mock_server.asgi import Answer, Request
from mock_server.lifecycle import Status, Task
from mock_server.outputs import Artifact, MediaLibraryMissingError, RenderQueueFullError
from mock_server.routes.tasks import output_path
from mock_server.tenant import Tenant
from mock_server.world import World

FILE_PATH = "/{model}/{task}/{file}"


async def download(world: World, request: Request, parameters: Mapping[str, str]) -> Answer:
    found = world.owner_of(parameters["task"])
    if found is None:
        return refusals.unknown_path()
    tenant, task = found
    if not _may_open(world, request, tenant):
        return refusals.refusal(401, "The signature of this URL is wrong or has expired.")
    artifact = _artifact(task, request.path)
    if artifact is None:
        return refusals.unknown_path()
    tag = f'"{artifact.fingerprint}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(304).with_header("etag", tag)
    return (await _rendered(world, artifact)).with_header("etag", tag)


async def _rendered(world: World, artifact: Artifact) -> Answer:
    """Labelled by what decides its content, so that the same input and seed give the same bytes."""
    try:
        content = await world.renderer.render(artifact, label=artifact.fingerprint)
    except MediaLibraryMissingError as missing:
        return refusals.limitation(501, str(missing))
    except RenderQueueFullError:
        return refusals.limitation(503, "too many files wait to be rendered.")
    return Answer(200, content).with_header("content-type", artifact.media_type)


def _may_open(world: World, request: Request, tenant: Tenant) -> bool:
    token = request.query.get("_jwt", "")
    return links.opens(request.path, token, secret=world.secret, now=tenant.advance())


def _artifact(task: Task, path: str) -> Artifact | None:
    """Nothing of a task that was deleted, or has not succeeded."""
    if task.is_deleted or task.status is not Status.SUCCEEDED:
        return None
    paths = {output_path(task, index): artifact for index, artifact in enumerate(task.artifacts)}
    return paths.get(path)

"""Output files, as Runway's CDN serves them: no key, only the signed URL."""

from typing import NamedTuple

from mock_server import links, ranges, refusals
from mock_server.asgi import Answer, Request
from mock_server.calls import Refused
from mock_server.exercised import Feature
from mock_server.lifecycle import Status, Task
from mock_server.outputs import Artifact, MediaLibraryMissingError, RenderQueueFullError, spoiled
from mock_server.refusals import Reason
from mock_server.router import Parameters
from mock_server.routes.kept import file_path
from mock_server.routes.tasks import output_path
from mock_server.script import Flaw
from mock_server.side_door import Found, SideDoor
from mock_server.tenant import Tenant
from mock_server.world import World

FILE_PATH = "/{folder}/{id}/{file}"
RETRY_SECONDS = 1


class Wanted(NamedTuple):
    """`artifact` is None for a file that is not there."""

    artifact: Artifact | None
    flaw: Flaw | None


def _find(world: World, request: Request, parameters: Parameters) -> Found[Wanted] | None:
    return _of_task(world, request, parameters["id"]) or _of_resource(world, request, parameters)


def _of_task(world: World, request: Request, task_id: str) -> Found[Wanted] | None:
    owned = world.owner_of(task_id)
    if owned is None:
        return None
    tenant, task = owned
    tenant.advance()
    wanted = Wanted(_artifact(task, request.path), task.script.flaw)
    return Found(tenant=tenant, thing=wanted, model=task.origin.model, task=task.id)


def _of_resource(world: World, request: Request, parameters: Parameters) -> Found[Wanted] | None:
    """Pictures of avatars, and samples of voices."""
    owned = world.resource(parameters["folder"], parameters["id"])
    if owned is None:
        return None
    tenant, resource = owned
    files = {file_path(resource, index): artifact for index, artifact in enumerate(resource.artifacts)}
    return Found(tenant=tenant, thing=Wanted(files.get(request.path), None), model=resource.model)


def _artifact(task: Task, path: str) -> Artifact | None:
    """Nothing of a task that was deleted, or has not succeeded."""
    if task.is_deleted or task.status is not Status.SUCCEEDED:
        return None
    paths = {output_path(task, index): artifact for index, artifact in enumerate(task.artifacts)}
    return paths.get(path)


async def _serve(world: World, request: Request, found: Found[Wanted]) -> Answer:
    artifact, flaw = found.thing
    if not _may_open(world, request, found.tenant):
        world.exercised.add(Feature.EXPIRED)
        return refusals.denied_file(Reason.FAULT if flaw is Flaw.EXPIRED else Reason.RULE)
    if artifact is None or flaw is Flaw.DEAD:
        return refusals.missing_file(Reason.RULE if artifact is None else Reason.FAULT)
    content = await _rendered(world, artifact)
    if not world.outgoing.take(artifact, len(content)):
        raise Refused(_busy("too many files are on their way."))
    request.when_done(lambda: world.outgoing.release(artifact, len(content)))
    world.exercised.add(Feature.DOWNLOADED)
    served, media_type = spoiled(content, artifact.media_type, flaw=flaw)
    tag = f'"{artifact.fingerprint}{f"-{flaw}" if flaw else ""}"'
    return ranges.answer(served, request.headers, media_type=media_type, tag=tag)


async def _rendered(world: World, artifact: Artifact) -> bytes:
    """Labelled by what decides its content, so that the same input and seed give the same bytes."""
    try:
        return await world.renderer.render(artifact, label=artifact.fingerprint)
    except MediaLibraryMissingError as missing:
        raise Refused(refusals.limitation(501, str(missing))) from None
    except RenderQueueFullError:
        raise Refused(_busy("too many files wait to be rendered.")) from None


def _busy(error: str) -> Answer:
    return refusals.limitation(503, error).with_header("retry-after", str(RETRY_SECONDS))


def _may_open(world: World, request: Request, tenant: Tenant) -> bool:
    token = request.query.get("_jwt", "")
    return links.opens(request.path, token, secret=world.secret, now=tenant.advance())


DOWNLOAD = SideDoor(
    name="download", path=FILE_PATH, find=_find, enter=_serve, missing=refusals.unknown_path()
)

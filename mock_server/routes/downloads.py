"""Output files, as Runway's CDN serves them: no key, only the signed URL."""

from collections.abc import Mapping
from typing import NamedTuple

from mock_server import interference, links, ranges, refusals
from mock_server.asgi import Answer, Hangup, Request
from mock_server.calls import Refused
from mock_server.exercised import Feature
from mock_server.faults.armory import Circumstances
from mock_server.lifecycle import Status, Task
from mock_server.outputs import Artifact, MediaLibraryMissingError, RenderQueueFullError, spoiled
from mock_server.refusals import Reason
from mock_server.routes.kept import file_path
from mock_server.routes.tasks import output_path
from mock_server.script import Flaw
from mock_server.tenant import Tenant
from mock_server.world import World

FILE_PATH = "/{folder}/{id}/{file}"
OPERATION = "download"
"""How faults name it: it is no operation of the API."""
RETRY_SECONDS = 1


class Wanted(NamedTuple):
    """`artifact` is None for a file that is not there."""

    tenant: Tenant
    model: str
    artifact: Artifact | None
    flaw: Flaw | None


async def download(world: World, request: Request, parameters: Mapping[str, str]) -> Answer | Hangup:
    wanted = _of_task(world, request, parameters) or _of_resource(world, request, parameters)
    if wanted is None:
        return refusals.unknown_path()
    try:
        faults = interference.faults_of(request, b"", _circumstances(wanted), world.armory)
        return await interference.carry_out(
            lambda: _serve(world, request, wanted), faults, world.surroundings.sleep
        )
    except Refused as refused:
        return refused.answer


def _of_task(world: World, request: Request, parameters: Mapping[str, str]) -> Wanted | None:
    found = world.owner_of(parameters["id"])
    if found is None:
        return None
    tenant, task = found
    return Wanted(tenant, task.origin.model, _artifact(task, request.path), task.script.flaw)


def _of_resource(world: World, request: Request, parameters: Mapping[str, str]) -> Wanted | None:
    """Pictures of avatars, and samples of voices."""
    found = world.resource(parameters["folder"], parameters["id"])
    if found is None:
        return None
    tenant, resource = found
    files = {file_path(resource, index): artifact for index, artifact in enumerate(resource.artifacts)}
    return Wanted(tenant, resource.model, files.get(request.path), None)


def _circumstances(wanted: Wanted) -> Circumstances:
    return Circumstances(
        operation=OPERATION,
        is_create=False,
        model=wanted.model,
        tenant=wanted.tenant.key,
        now=wanted.tenant.advance(),
        is_outside=True,
    )


async def _serve(world: World, request: Request, wanted: Wanted) -> Answer:
    artifact, flaw = wanted.artifact, wanted.flaw
    if not _may_open(world, request, wanted.tenant):
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


def _artifact(task: Task, path: str) -> Artifact | None:
    """Nothing of a task that was deleted, or has not succeeded."""
    if task.is_deleted or task.status is not Status.SUCCEEDED:
        return None
    paths = {output_path(task, index): artifact for index, artifact in enumerate(task.artifacts)}
    return paths.get(path)

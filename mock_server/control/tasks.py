"""`/_mock/tasks`: all that the mock knows of its tasks, also of deleted ones."""

from collections import Counter, deque

from mock_server import refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.clock import Moment, iso_time
from mock_server.control import narrowing, spelling
from mock_server.credits import shown
from mock_server.lifecycle import Status, Task
from mock_server.router import Parameters
from mock_server.script import Fails
from mock_server.tenant import Tenant
from mock_server.world import World


async def index(world: World, request: Request, parameters: Parameters) -> Answer:
    """Oldest first, and how many there are in each status; `?tenant=`, `?status=` and `?last=` narrow it."""
    del parameters
    last = narrowing.last(request)
    if isinstance(last, Answer):
        return last
    status = request.query.get("status")
    if (unknown := spelling.unknown("status", status, list(Status))) is not None:
        return unknown
    tenants = narrowing.tenants(world, request)
    owned = [(task, tenant) for tenant in tenants for task in tenant.tasks.values()]
    meant = [pair for pair in owned if status in {None, pair[0].status}]
    meant.sort(key=lambda pair: pair[0].created)
    counts = Counter(task.status for task, _ in owned)
    return json_answer(
        {
            "data": [_shown(task, tenant) for task, tenant in deque(meant, maxlen=last)],
            "counts": {status: counts[status] for status in Status},
        }
    )


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del request
    found = world.owner_of(parameters["id"])
    if found is None:
        return refusals.task_not_found()
    tenant, task = found
    tenant.advance()
    return json_answer(_shown(task, tenant))


def _shown(task: Task, tenant: Tenant) -> dict[str, object]:
    return {
        "id": task.id,
        "tenant": tenant.key,
        "operation": task.origin.operation,
        "model": task.origin.model,
        "status": task.status,
        "progress": task.progress(tenant.clock.now()) if task.status is Status.RUNNING else None,
        "failureCode": _failure_code(task),
        "createdAt": iso_time(task.created),
        "startedAt": _time_or_none(task.started),
        "dueAt": _time_or_none(task.due),
        "estimatedCost": {"credits": shown(task.estimate)},
        "cost": None if task.cost is None else {"credits": shown(task.cost)},
        "polls": task.polls,
        "retryCount": task.origin.retry_count,
        "deleted": task.is_deleted,
        "outputs": len(task.artifacts),
    }


def _failure_code(task: Task) -> str | None:
    ending = task.script.ending
    return ending.code if task.status is Status.FAILED and isinstance(ending, Fails) else None


def _time_or_none(moment: Moment | None) -> str | None:
    return None if moment is None else iso_time(moment)

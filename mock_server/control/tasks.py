"""`/_mock/tasks/{id}`: all that the mock knows of a task, also of a deleted one."""

from mock_server import refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.clock import Moment, iso_time
from mock_server.credits import shown
from mock_server.lifecycle import Task
from mock_server.router import Parameters
from mock_server.tenant import Tenant
from mock_server.world import World


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


def _time_or_none(moment: Moment | None) -> str | None:
    return None if moment is None else iso_time(moment)

"""Reading the invocation of a workflow: a task whose outputs are sorted by node."""

from typing import Any

from mock_server import refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import Moment
from mock_server.lifecycle import Status, Task
from mock_server.routes.tasks import find, task_body


async def retrieve(call: Call) -> Answer:
    task = find(call, is_invocation=True)
    if task is None:
        return refusals.not_found("WorkflowInvocation")
    call.tenant.poll(task, gap_seconds=call.world.settings.auto_gap_seconds)
    return json_answer(_invocation_body(task, call, now=call.tenant.clock.now()))


def _invocation_body(task: Task, call: Call, *, now: Moment) -> dict[str, Any]:
    body = task_body(task, call, now=now)
    body.pop("estimatedCost", None)
    match task.status:
        case Status.RUNNING:
            return body | {"output": {}}
        case Status.SUCCEEDED:
            return body | {"output": {task.origin.node: body["output"]}}
        case _:
            return body

"""Reading the invocation of a workflow: a task whose outputs are sorted by node."""

from typing import Any

from mock_server import failures, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import Moment
from mock_server.lifecycle import NodeRun, Status, Task
from mock_server.routes.tasks import find, output_urls, task_body
from mock_server.script import Fails

WITHOUT_NODES = frozenset({Status.PENDING, Status.THROTTLED, Status.CANCELLED})


async def retrieve(call: Call) -> Answer:
    task = find(call, is_invocation=True)
    if task is None:
        return refusals.not_found("WorkflowInvocation")
    call.tenant.poll(task, gap_seconds=call.world.settings.auto_gap_seconds)
    return json_answer(_invocation_body(task, call, now=call.tenant.clock.now()))


def _invocation_body(task: Task, call: Call, *, now: Moment) -> dict[str, Any]:
    """Outputs and errors of the nodes that are done; of a run that failed, only the errors."""
    body = task_body(task, call, now=now)
    body.pop("estimatedCost", None)
    if task.status in WITHOUT_NODES:
        return body
    done = task.origin.nodes[: _nodes_done(task, now)]
    if task.status is not Status.FAILED:
        body["output"] = _outputs(task, done, output_urls(task, call, now=now))
    errors = {node.id: _error(node, node.fails) for node in done if node.fails is not None}
    if task.status is Status.FAILED and len(done) < len(task.origin.nodes):
        stopped = task.origin.nodes[len(done)]
        errors[stopped.id] = _error(stopped, body.get("failureCode"))
    return body | {"nodeErrors": errors} if errors else body


def _nodes_done(task: Task, now: Moment) -> int:
    """They take equal parts of the time, one after the other."""
    match task.status, task.script.ending:
        case Status.RUNNING, _:
            return int(task.progress(now) * len(task.origin.nodes))
        case Status.FAILED, Fails(progress=progress):
            return min(int(progress * len(task.origin.nodes)), len(task.origin.nodes) - 1)
        case _:
            return len(task.origin.nodes)


def _outputs(task: Task, done: tuple[NodeRun, ...], urls: list[str]) -> dict[str, list[str]]:
    """By node; nothing of a node that failed."""
    found, first = {}, 0
    for node in task.origin.nodes:
        if node in done and node.fails is None:
            found[node.id] = urls[first : first + node.outputs]
        first += node.outputs
    return found


def _error(node: NodeRun, code: str | None) -> dict[str, Any]:
    error = {"message": failures.family_of(code).text, "nodeName": node.name}
    return error if code is None else error | {"failureCode": code}

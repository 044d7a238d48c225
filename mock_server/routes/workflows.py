"""Published workflows, and running one."""

from typing import Any

from mock_server import issues, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.clock import Moment, iso_time
from mock_server.issues import Issue
from mock_server.lifecycle import NodeRun
from mock_server.routes import creates, kept
from mock_server.work import Part, Work
from mock_server.workflows import Step, Workflow, published

PUBLISHED_AT = Moment(1_767_225_600_000)  # 2026-01-01T00:00:00Z


async def index(call: Call) -> Answer:
    del call
    return json_answer({"data": [_listed(workflow) for workflow in published().values()]})


async def retrieve(call: Call) -> Answer:
    workflow = _find(call)
    body = {
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "version": workflow.version,
        "graph": workflow.graph(),
        "createdAt": iso_time(PUBLISHED_AT),
        "updatedAt": iso_time(PUBLISHED_AT),
    }
    return json_answer(body)


def model(call: Call) -> str:
    """What a run is limited and billed under: the model of its last node."""
    workflow = published().get(call.parameters["id"])
    return "" if workflow is None else workflow.model


async def run(call: Call) -> Answer:
    workflow, given = _find(call), call.body.get("nodeOutputs", {})
    if call.world.settings.pinned_id is None:
        kept.refuse_if(_unknown_nodes(workflow, given))
    steps = list(workflow.steps(given))
    kept.refuse_if([problem for step in steps for problem in _problems(step, call)])
    task = creates.begin(call, _work(workflow, steps))
    return json_answer({"id": task.id})


def _find(call: Call) -> Workflow:
    workflow_id, known = call.parameters["id"], published()
    if workflow_id == call.world.settings.pinned_id:
        return next(iter(known.values()))
    if workflow_id not in known:
        raise Refused(refusals.not_found("Workflow"))
    return known[workflow_id]


def _listed(workflow: Workflow) -> dict[str, Any]:
    versions = [{"id": workflow.id, "version": workflow.version, "createdAt": iso_time(PUBLISHED_AT)}]
    return {"name": workflow.name, "versions": versions}


def _unknown_nodes(workflow: Workflow, given: dict[str, Any]) -> list[Issue]:
    known = {node.id for node in workflow.nodes}
    return [
        issues.custom(f"The workflow has no node {node}", ["nodeOutputs", node])
        for node in given.keys() - known
    ]


def _problems(step: Step, call: Call) -> list[Issue]:
    """What is wrong with what a node would have to make."""
    rulebook = call.world.rulebook
    found = rulebook.validation.problems(rulebook.operation(step.operation), step.body)
    return [issue | {"path": ["nodeOutputs", step.node.id, *issue["path"]]} for issue in found]


def _work(workflow: Workflow, steps: list[Step]) -> Work:
    parts = [Part(operation=step.operation, body=step.body, fails=step.node.fails) for step in steps]
    nodes = [
        NodeRun(
            id=step.node.id,
            name=step.node.name,
            outputs=len(part.artifacts()),
            fails=step.node.fails,
        )
        for step, part in zip(steps, parts, strict=True)
    ]
    return Work(model=workflow.model, parts=tuple(parts), nodes=tuple(nodes))

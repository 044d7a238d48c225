"""Reading and deleting a task."""

from typing import Any, assert_never

from mock_server import failures, links, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import Moment, iso_time
from mock_server.credits import shown
from mock_server.faults.refuse import refused
from mock_server.lifecycle import Status, Task
from mock_server.script import CancelEnd, Fails, Flaw, Succeeds

NO_CONTENT = Answer(204)


def model(call: Call) -> str:
    """That of the task or invocation that the path names."""
    task = call.tenant.task(call.parameters["id"])
    return "" if task is None else task.origin.model


async def retrieve(call: Call) -> Answer:
    task = find(call, is_invocation=False)
    if task is None:
        return refusals.task_not_found()
    call.tenant.poll(task, gap_seconds=call.world.settings.auto_gap_seconds)
    return json_answer(task_body(task, call, now=call.tenant.clock.now()))


async def delete(call: Call) -> Answer:
    task = find(call, is_invocation=False)
    if task is None:
        return refusals.task_not_found()
    call.world.exercised.deleted(task)
    match end := _cancel_end(task, call):
        case CancelEnd.NOT_FOUND:
            return refused(404)
        case CancelEnd.IGNORED:
            return NO_CONTENT
        case CancelEnd.CANCELLED | CancelEnd.ENDED:
            call.tenant.delete(task, has_just_ended=end is CancelEnd.ENDED)
            return NO_CONTENT
        case _:
            assert_never(end)


def _cancel_end(task: Task, call: Call) -> CancelEnd:
    """Only a running task can be cancelled too late; a fault of this call goes before one of the create."""
    if task.status is not Status.RUNNING:
        return CancelEnd.CANCELLED
    asked = (end for fault in call.faults if (end := fault.cancel_end()) is not None)
    return next(asked, task.script.cancel_end)


def find(call: Call, *, is_invocation: bool) -> Task | None:
    task = call.tenant.task(call.parameters["id"])
    if task is None or not _may_be_read(task, call, is_invocation=is_invocation):
        return None
    call.task_id = task.id
    return task


def task_body(task: Task, call: Call, *, now: Moment) -> dict[str, Any]:
    """As Runway shows a task: running ones with their estimate, ended ones with their cost."""
    call.world.exercised.shown(task)
    body: dict[str, Any] = {"id": task.id, "createdAt": iso_time(task.created), "status": task.status}
    if task.cost is None:
        body["estimatedCost"] = {"credits": shown(task.estimate)}
    else:
        body["cost"] = {"credits": shown(task.cost)}
    return body | state_fields(task, call, now=now)


def state_fields(task: Task, call: Call, *, now: Moment) -> dict[str, Any]:
    match task.status:
        case Status.PENDING | Status.THROTTLED | Status.CANCELLED:
            return {}
        case Status.RUNNING:
            return {"progress": task.progress(now)}
        case Status.SUCCEEDED:
            return {"output": output_urls(task, call, now=now)}
        case Status.FAILED:
            return failure_fields(task)
        case _:
            assert_never(task.status)


def failure_fields(task: Task) -> dict[str, Any]:
    match task.script.ending:
        case Fails(code=code):
            fields = {"failure": failures.family_of(code).text}
            return fields if code is None else fields | {"failureCode": code}
        case Succeeds():
            raise AssertionError("a failed task was meant to fail")
        case _:
            assert_never(task.script.ending)


def output_urls(task: Task, call: Call, *, now: Moment) -> list[str]:
    """Signed anew at every look."""
    paths = [output_path(task, index) for index in range(len(task.artifacts))]
    if task.script.flaw is Flaw.EXPIRED:
        now = Moment(now - links.LIFE_MAX)
    return [call.public_origin + links.sign(path, call.world.secret, now=now) for path in paths]


def output_path(task: Task, index: int) -> str:
    return f"/{task.origin.model}/{task.id}/output-{index}.{task.artifacts[index].extension}"


def _may_be_read(task: Task, call: Call, *, is_invocation: bool) -> bool:
    """A task is no invocation, save for the pinned one, which is of every kind."""
    return task.origin.is_invocation is is_invocation or task.id == call.world.settings.pinned_id

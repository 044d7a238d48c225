"""Every operation that creates a task: daily cap, credits, and then the task."""

import hashlib
from typing import Any

import msgspec

from mock_server import refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.clock import milliseconds
from mock_server.credits import Credits, shown
from mock_server.lifecycle import Origin, Task
from mock_server.models import ROUTES, billed_model, named_model, routing
from mock_server.outputs import Artifact, TooManyOutputsError, plan
from mock_server.script import Script, Succeeds
from mock_server.settings import RUNNING_SECONDS
from mock_server.surface import retry_count
from mock_server.tenant import Order

DIGEST_BYTES = 16
WITHOUT_ESTIMATE = frozenset({"avatar_videos", "workflows_run"})


async def create(call: Call) -> Answer:
    tenant, bounds = call.tenant, call.world.settings.bounds
    order = _order(call)
    if not tenant.may_create_today(order.origin.model):
        return refusals.daily_limit()
    if tenant.ledger.balance < order.estimate:
        return refusals.not_enough_credits()
    if len(tenant.tasks) >= bounds.tasks_per_tenant:
        return refusals.limitation(503, f"it keeps at most {bounds.tasks_per_tenant} tasks for one API key.")
    task = tenant.create(call.world.new_id(), order)
    call.task_id = task.id
    return json_answer(_created(call, task))


def _order(call: Call) -> Order:
    operation, rulebook = call.operation.id, call.world.rulebook
    body = rulebook.validation.known_fields(call.operation, call.body)
    return Order(
        origin=_origin(call),
        estimate=Credits(rulebook.prices.estimate(operation, body)),
        script=_script(call, Credits(rulebook.prices.final(operation, body))),
        artifacts=_artifacts(call, body),
        commit_after=milliseconds(max((fault.settles_after for fault in call.faults), default=0)),
    )


def _artifacts(call: Call, body: dict[str, Any]) -> tuple[Artifact, ...]:
    outputs_max = call.world.settings.bounds.outputs_per_task
    try:
        return plan(call.operation.id, named_model(body), body, outputs_max=outputs_max)
    except TooManyOutputsError:
        limit = f"it makes at most {outputs_max} files for one task."
        raise Refused(refusals.limitation(400, limit)) from None


def _origin(call: Call) -> Origin:
    operation, body = call.operation, call.body
    return Origin(
        operation=operation.id,
        model=billed_model(operation.id, body),
        digest=_digest(operation.id, body),
        retry_count=retry_count(call.request),
        is_invocation=operation.creates == "invocation",
        node=next(iter(body.get("nodeOutputs") or ()), "output"),
    )


def _script(call: Call, success: Credits) -> Script:
    """What happens by itself, and then what the faults make of it; the strongest has the last word."""
    script = Script(
        pending=milliseconds(call.world.settings.pending_seconds),
        running=milliseconds(_running_seconds(call)),
        ending=Succeeds(success),
    )
    for fault in reversed(call.faults):
        script = fault.rewrite(script)
    return script


def _running_seconds(call: Call) -> float:
    if call.world.settings.running_seconds is not None:
        return call.world.settings.running_seconds
    return RUNNING_SECONDS[call.world.rulebook.modality(billed_model(call.operation.id, call.body))]


def _digest(operation: str, body: dict[str, Any]) -> bytes:
    """Equal for the same body again, however it was written down."""
    canonical = msgspec.json.encode([operation, body], order="deterministic")
    return hashlib.blake2b(canonical, digest_size=DIGEST_BYTES).digest()


def _created(call: Call, task: Task) -> dict[str, Any]:
    operation = call.operation.id
    if operation in WITHOUT_ESTIMATE:
        return {"id": task.id}
    estimate = {"credits": shown(task.estimate)}
    if operation in ROUTES:
        return {"id": task.id, "routing": routing(operation, call.body, estimate)}
    return {"id": task.id, "estimatedCost": estimate}

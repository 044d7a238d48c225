"""Every operation that creates a task: daily cap, credits, and then the task."""

import hashlib
from typing import Any

import msgspec

from mock_server import refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.clock import milliseconds
from mock_server.credits import Credits, shown
from mock_server.exercised import Feature
from mock_server.lifecycle import Origin, Task
from mock_server.models import billed_model
from mock_server.outputs import Artifact, TooManyOutputsError
from mock_server.scripts import written
from mock_server.settings import RUNNING_SECONDS
from mock_server.surface import retry_count
from mock_server.tenant import Order
from mock_server.work import Part, Work

DIGEST_BYTES = 16
WITHOUT_ESTIMATE = frozenset({"avatar_videos"})


def model(call: Call) -> str:
    """The one that the body names; a recipe is its own."""
    return billed_model(call.operation.id, call.body)


async def create(call: Call) -> Answer:
    """Of a task by the one model that the body names, or by a recipe."""
    operation = call.operation
    body = call.world.rulebook.validation.known_fields(operation, call.body)
    work = Work(model=model(call), parts=(Part(operation=operation.id, body=body),))
    task = begin(call, work)
    if operation.id in WITHOUT_ESTIMATE:
        return json_answer({"id": task.id})
    return json_answer({"id": task.id, "estimatedCost": {"credits": shown(task.estimate)}})


def begin(call: Call, work: Work) -> Task:
    """Daily cap, credits, and then the task; raises Refused."""
    tenant, bounds = call.tenant, call.world.settings.bounds
    call.model = work.model
    order = _order(call, work)
    if not tenant.may_create_today(work.model):
        raise Refused(refusals.daily_limit())
    if tenant.ledger.balance < order.estimate:
        call.world.exercised.add(Feature.NO_CREDITS)
        raise Refused(refusals.not_enough_credits())
    if len(tenant.tasks) >= bounds.tasks_per_tenant:
        limit = f"it keeps at most {bounds.tasks_per_tenant} tasks for one API key."
        raise Refused(refusals.limitation(503, limit))
    task = tenant.create(call.world.new_id(), order)
    call.task_id = task.id
    return task


def estimate(call: Call, work: Work) -> Credits:
    """The most that it may cost, as the faults have it."""
    amount = work.estimate(call.world.rulebook.prices)
    for fault in reversed(call.faults):
        amount = fault.price(amount)
    return amount


def _order(call: Call, work: Work) -> Order:
    estimated = estimate(call, work)
    cost = _final_cost(call, work, estimated)
    return Order(
        origin=_origin(call, work),
        estimate=estimated,
        script=written(call, running_seconds=_running_seconds(call, work), cost=cost),
        artifacts=_artifacts(call, work),
        commit_after=milliseconds(max((fault.settles_after for fault in call.faults), default=0)),
    )


def _final_cost(call: Call, work: Work, estimated: Credits) -> Credits:
    """Where a fault has changed the price, all of it."""
    table = call.world.rulebook.prices
    return work.final_cost(table) if estimated == work.estimate(table) else estimated


def _artifacts(call: Call, work: Work) -> tuple[Artifact, ...]:
    outputs_max = call.world.settings.bounds.outputs_per_task
    try:
        return work.artifacts(outputs_max=outputs_max)
    except TooManyOutputsError:
        limit = f"it makes at most {outputs_max} files for one task."
        raise Refused(refusals.limitation(400, limit)) from None


def _origin(call: Call, work: Work) -> Origin:
    operation = call.operation
    return Origin(
        operation=operation.id,
        model=work.model,
        digest=_digest(operation.id, call.body),
        retry_count=retry_count(call.request),
        is_invocation=operation.creates == "invocation",
        is_draft=call.body.get("draft") is True,
        nodes=work.nodes,
    )


def _running_seconds(call: Call, work: Work) -> float:
    if call.world.settings.running_seconds is not None:
        return call.world.settings.running_seconds
    return RUNNING_SECONDS[call.world.rulebook.modality(work.model)]


def _digest(operation: str, body: dict[str, Any]) -> bytes:
    """Equal for the same body again, however it was written down."""
    canonical = msgspec.json.encode([operation, body], order="deterministic")
    return hashlib.blake2b(canonical, digest_size=DIGEST_BYTES).digest()

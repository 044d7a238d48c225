"""Routed requests: a router's settings choose the model, and the model's own price and outputs follow."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from mock_server import refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call, Refused
from mock_server.credits import shown
from mock_server.resources import Kind, Resource
from mock_server.routes import creates, kept, routers
from mock_server.routing import Candidate, Chooser, Decision, Modality, Preferences, fits, provider_of
from mock_server.work import Part, Work

HISTORY_MAX = 1_000  # decisions that are kept for all routers of a tenant


def endpoint(modality: Modality) -> Callable[[Call], Awaitable[Answer]]:
    async def generate(call: Call) -> Answer:
        router = _router(call)
        preferences = Preferences.of(router.fields["settings"], modality)
        decision = _decide(call, modality, preferences)
        if decision.chosen is None:
            _record(call, router, decision)
            raise Refused(_no_model(decision))
        decision, chosen = _priced(call, decision, decision.chosen)
        routing = _routing(call, decision, chosen, preferences)
        if call.is_dry_run:
            return json_answer({"routing": routing})
        task = creates.begin(call, _work(chosen))
        _record(call, router, decision)
        return json_answer({"id": task.id, "routing": routing})

    return generate


def model(modality: Modality) -> Callable[[Call], str]:
    """What a request would be routed to at this moment; nothing when it would be refused."""

    def routed_model(call: Call) -> str:
        router = _named_router(call)
        if router is None:
            return ""
        chosen = _decide(call, modality, Preferences.of(router.fields["settings"], modality)).chosen
        return "" if chosen is None else chosen.model

    return routed_model


def _router(call: Call) -> Resource:
    found = _named_router(call)
    if found is None:
        error = f"There is no model router {call.body['configId']}."
        raise Refused(refusals.refusal(404, error, code="router_config_not_found"))
    return found


def _named_router(call: Call) -> Resource | None:
    found, pinned_id = routers.by_slug(call, call.body["configId"]), call.world.settings.pinned_id
    if found is None and pinned_id is not None:
        return call.tenant.resources.find(Kind.ROUTER, pinned_id)
    return found


def _decide(call: Call, modality: Modality, preferences: Preferences) -> Decision:
    decision = _decided(call, modality, preferences, call.body["input"])
    if decision.chosen is None and call.world.settings.pinned_id is not None:
        return _decided(call, modality, Preferences(), {"type": "speech", "promptText": "x"})
    return decision


def _decided(call: Call, modality: Modality, preferences: Preferences, given: dict[str, Any]) -> Decision:
    rulebook = call.world.rulebook
    chooser = Chooser(preferences, rulebook.prices, is_busy=call.tenant.is_busy)
    candidates = fits(modality, given, rulebook.spec, rulebook.validation)
    return chooser.choose(candidates, outputs=given.get("outputCount", 1))


def _priced(call: Call, decision: Decision, chosen: Candidate) -> tuple[Decision, Candidate]:
    """At the price that the faults have it at, which the routing did not know."""
    priced = chosen._replace(estimate=creates.estimate(call, _work(chosen)))
    return msgspec.structs.replace(decision, chosen=priced), priced


def _no_model(decision: Decision) -> Answer:
    return refusals.refusal(
        400,
        "No model is eligible for this request.",
        code="no_eligible_model",
        pipeline=decision.pipeline,
        emptiedBy=decision.emptied_by,
    )


def _work(chosen: Candidate) -> Work:
    return Work(model=chosen.model, parts=(Part(operation=chosen.fit.operation, body=chosen.fit.body),))


def _routing(call: Call, decision: Decision, chosen: Candidate, preferences: Preferences) -> dict[str, Any]:
    fallback = {} if decision.capacity is None else {"capacityFallback": decision.capacity}
    return {
        "model": chosen.model,
        "provider": provider_of(chosen.model),
        "configId": call.body["configId"],
        "resolvedSettings": {
            "optimizeFor": preferences.optimize_for,
            "priceCeiling": preferences.price_ceiling,
        },
        "resolvedInput": chosen.fit.resolved(call.body["input"]),
        "estimatedCost": {"credits": shown(chosen.estimate)},
    } | fallback


def _record(call: Call, router: Resource, decision: Decision) -> None:
    """A dry run leaves no record."""
    if call.is_dry_run:
        return
    history = call.tenant.resources.every(Kind.ROUTED_REQUEST)
    if len(history) >= HISTORY_MAX:
        call.tenant.resources.remove(history[0])
    fields = {
        "router": router.id,
        "requestId": call.world.new_id(),
        "status": "no_eligible_model",
        "pipeline": decision.pipeline,
        "emptiedBy": decision.emptied_by,
    }
    chosen = {} if decision.chosen is None else _chosen(call, decision, decision.chosen)
    call.tenant.resources.add(kept.of(call, Kind.ROUTED_REQUEST, fields | chosen))


def _chosen(call: Call, decision: Decision, chosen: Candidate) -> dict[str, Any]:
    return {
        "status": "routed",
        "taskId": call.task_id,
        "model": chosen.model,
        "provider": provider_of(chosen.model),
        "estimatedCredits": shown(chosen.estimate),
        "reasonCode": decision.reason_code,
    }

"""`/_mock/faults`: arm one, see those that are armed, take one back."""

from typing import Any

import msgspec

from mock_server import refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.control import orders, spelling
from mock_server.faults import ALL, AnyFault
from mock_server.faults.armory import ArmedFault
from mock_server.router import Parameters
from mock_server.world import World, tenant_name


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del request, parameters
    world.armory.clear(world.moments())
    return json_answer({"data": [_shown(armed) for armed in world.armory.armed()]})


async def arm(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    fault = await _ordered(request)
    if isinstance(fault, Answer):
        return fault
    if (
        wrong := spelling.unknown_operation(world, fault.operation) or _without_effect(world, fault)
    ) is not None:
        return wrong
    if fault.tenant is not None:
        fault = msgspec.structs.replace(fault, tenant=tenant_name(fault.tenant))
    armed = world.armory.arm(world.new_id(), fault, world.moments())
    if armed is None:
        return refusals.limitation(409, f"it arms at most {world.settings.bounds.faults} faults.")
    return json_answer(_shown(armed), 201)


async def disarm(world: World, request: Request, parameters: Parameters) -> Answer:
    del request
    return Answer(204) if world.armory.disarm(parameters["id"]) else refusals.unknown_path()


async def _ordered(request: Request) -> AnyFault | Answer:
    order = await orders.read(request, dict[str, Any])
    if isinstance(order, Answer):
        return order
    if (unknown := spelling.unknown("fault", order.get("fault"), list(ALL))) is not None:
        return unknown
    try:
        fault: AnyFault = msgspec.convert(order, AnyFault)
    except msgspec.ValidationError as error:
        return refusals.refusal(400, str(error))
    return fault


def _without_effect(world: World, fault: AnyFault) -> Answer | None:
    """A fault for an operation that it cannot change would do nothing."""
    creates = {operation.id for operation in world.rulebook.spec.operations if operation.creates}
    if fault.operation is None or fault.also is None or fault.operation in creates | fault.also:
        return None
    besides = "".join(f" and {operation}" for operation in sorted(fault.also))
    return refusals.refusal(400, f"This fault concerns creates of tasks{besides}, not {fault.operation}.")


def _shown(armed: ArmedFault) -> dict[str, object]:
    fields = msgspec.to_builtins(armed.fault)
    return {"id": armed.id, **fields, "chances": armed.chances, "fired": armed.fired}

"""`/_mock/clock`: every tenant's clock at once, or with `?tenant=KEY` only one."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mock_server import refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.clock import MILLISECONDS, Clock, ClockMode, iso_time
from mock_server.control import orders
from mock_server.lifecycle import Status
from mock_server.router import Parameters
from mock_server.settings import SPEED_MAX
from mock_server.world import World

ADVANCE_SECONDS_MAX = 10 * 365 * 24 * 3600


class Until(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    task: str
    status: Status = Status.SUCCEEDED


class ClockOrder(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """First the mode, then the time."""

    mode: ClockMode | None = None
    speed: Annotated[float, Meta(gt=0, le=SPEED_MAX)] | None = None
    advance: Annotated[float, Meta(ge=0, le=ADVANCE_SECONDS_MAX)] = 0.0
    advance_until: Until | None = None


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    clocks = _meant(world, request)
    return clocks if isinstance(clocks, Answer) else json_answer(_shown(clocks[0]))


async def change(world: World, request: Request, parameters: Parameters) -> Answer:
    order = await orders.read(request, ClockOrder)
    if isinstance(order, Answer):
        return order
    clocks = _meant(world, request)
    if isinstance(clocks, Answer):
        return clocks
    for clock in clocks:
        if order.mode is not None or order.speed is not None:
            clock.switch(order.mode or clock.mode, speed=order.speed or clock.speed)
        clock.advance(order.advance)
    if order.advance_until is not None and (refusal := _advance_until(world, order.advance_until, clocks)):
        return refusal
    _advance_tenants(world)
    return await show(world, request, parameters)


def _meant(world: World, request: Request) -> list[Clock] | Answer:
    """The first is the one to show."""
    key = request.query.get("tenant")
    if not key:
        return world.clocks()
    tenant = world.tenant(key)
    return refusals.too_many_keys(world.settings.bounds.tenants) if tenant is None else [tenant.clock]


def _advance_until(world: World, until: Until, clocks: list[Clock]) -> Answer | None:
    """Moves the other clocks as far as that of the task's tenant."""
    found = world.owner_of(until.task)
    if found is None or found[0].clock not in clocks:
        return refusals.task_not_found()
    tenant, task = found
    before = tenant.advance()
    reached = tenant.advance_until(task, until.status)
    moved = (tenant.clock.now() - before) / MILLISECONDS
    for clock in clocks:
        if clock is not tenant.clock:
            clock.advance(moved)
    if reached:
        return None
    return refusals.refusal(409, f"The task is {task.status} and will not become {until.status}.")


def _advance_tenants(world: World) -> None:
    for tenant in world.tenants.values():
        tenant.advance()


def _shown(clock: Clock) -> dict[str, object]:
    return {"mode": clock.mode, "speed": clock.speed, "now": iso_time(clock.now())}

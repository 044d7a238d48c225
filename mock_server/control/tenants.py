"""`/_mock/tenants/{key}`: balance, tier and refund rules of one API key."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mock_server import refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.clock import iso_time
from mock_server.control import narrowing, orders
from mock_server.credits import credits_of, shown
from mock_server.limits import TIERS
from mock_server.router import Parameters
from mock_server.tenant import Tenant
from mock_server.world import World

BALANCE_MAX = 1_000_000_000_000


class TenantOrder(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is absent stays as it is. `balance` in credits."""

    balance: Annotated[float, Meta(ge=0, le=BALANCE_MAX)] | UnsetType = UNSET
    tier: str | int | UnsetType = UNSET
    refunds_cancelled: bool | UnsetType = UNSET
    refunds_moderated_output: bool | UnsetType = UNSET


async def index(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    return json_answer({"data": [_shown(tenant) for tenant in narrowing.tenants(world, request)]})


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del request
    tenant = world.tenant(parameters["key"])
    return _too_many(world) if tenant is None else json_answer(_shown(tenant))


async def change(world: World, request: Request, parameters: Parameters) -> Answer:
    order = await orders.read(request, TenantOrder)
    if isinstance(order, Answer):
        return order
    if order.tier is not UNSET and str(order.tier) not in TIERS:
        return refusals.refusal(400, f"There are the tiers {', '.join(TIERS)}.")
    tenant = world.tenant(parameters["key"])
    if tenant is None:
        return _too_many(world)
    _apply(order, tenant)
    return json_answer(_shown(tenant))


def _apply(order: TenantOrder, tenant: Tenant) -> None:
    if order.balance is not UNSET:
        tenant.set_balance(credits_of(order.balance))
    if order.tier is not UNSET:
        tenant.change_tier(str(order.tier))
    if order.refunds_cancelled is not UNSET:
        tenant.refund_rules = msgspec.structs.replace(
            tenant.refund_rules, refunds_cancelled=order.refunds_cancelled
        )
    if order.refunds_moderated_output is not UNSET:
        changed = {"refunds_moderated_output": order.refunds_moderated_output}
        tenant.refund_rules = msgspec.structs.replace(tenant.refund_rules, **changed)


def _shown(tenant: Tenant) -> dict[str, object]:
    return {
        "key": tenant.key,
        "now": iso_time(tenant.advance()),
        "balance": shown(tenant.ledger.balance),
        "tier": tenant.tier,
        "refundsCancelled": tenant.refund_rules.refunds_cancelled,
        "refundsModeratedOutput": tenant.refund_rules.refunds_moderated_output,
        "tasks": len(tenant.tasks),
    }


def _too_many(world: World) -> Answer:
    return refusals.too_many_keys(world.settings.bounds.tenants)

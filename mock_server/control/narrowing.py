"""`?tenant=KEY&last=20`: what a control request is about, when it is not about everything."""

from mock_server import refusals
from mock_server.asgi import Answer, Request
from mock_server.tenant import Tenant
from mock_server.world import World, tenant_name

DIGITS_MAX = 9


def named(request: Request) -> str | None:
    key = request.query.get("tenant")
    return tenant_name(key) if key else None


def tenants(world: World, request: Request) -> list[Tenant]:
    """Those that exist and are meant, as they are now."""
    name = named(request)
    meant = [tenant for tenant in world.tenants.values() if name in {None, tenant.key}]
    for tenant in meant:
        tenant.advance()
    return meant


def last(request: Request) -> int | Answer | None:
    """`?last=20`: only so many, the newest. None is all of them; a refusal is the answer to anything else."""
    text = request.query.get("last")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        return refusals.refusal(400, "`last` is a whole number.")
    return int(text)

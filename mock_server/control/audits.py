"""`/_mock/audit`: over all tenants, or with `?tenant=KEY` one."""

from mock_server.asgi import Answer, Request, json_answer
from mock_server.audit import audit
from mock_server.router import Parameters
from mock_server.world import World, tenant_name


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    key = request.query.get("tenant")
    name = tenant_name(key) if key else None
    tenants = [tenant for tenant in world.tenants.values() if name in {None, tenant.key}]
    for tenant in tenants:
        tenant.advance()
    return json_answer(audit(tenants))

"""`/_mock/audit`: over all tenants, or with `?tenant=KEY` one."""

from mock_server.asgi import Answer, Request, json_answer
from mock_server.audit import audit
from mock_server.control import narrowing
from mock_server.router import Parameters
from mock_server.world import World


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    return json_answer(audit(narrowing.tenants(world, request)))

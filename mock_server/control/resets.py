"""`/_mock/reset`: forgets everything, or with `?tenant=KEY` one tenant."""

from mock_server.asgi import Answer, Request
from mock_server.router import Parameters
from mock_server.world import World


async def reset(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    tenant = request.query.get("tenant")
    if tenant:
        world.forget(tenant)
    else:
        world.reset()
    return Answer(204)

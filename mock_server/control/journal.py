"""`/_mock/requests`: what was asked, filtered by `?tenant=` and `?operation=`."""

from mock_server.asgi import Answer, Request, json_answer
from mock_server.router import Parameters
from mock_server.world import World, tenant_name


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    key = request.query.get("tenant")
    records = world.journal.find(
        tenant=tenant_name(key) if key else None,
        operation=request.query.get("operation"),
    )
    return json_answer({"data": list(records), "dropped": world.journal.dropped})

"""`/_mock/queues`: for every model in use, who runs, how many may, and who waits."""

from itertools import islice

from mock_server.asgi import Answer, Request, json_answer
from mock_server.control import narrowing
from mock_server.router import Parameters
from mock_server.tenant import Tenant
from mock_server.world import World

NEXT_MAX = 20


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    shown = [queue for tenant in narrowing.tenants(world, request) for queue in _queues(tenant)]
    return json_answer({"data": shown})


def _queues(tenant: Tenant) -> list[dict[str, object]]:
    return [
        {
            "tenant": tenant.key,
            "model": model,
            "running": slots.running,
            "places": tenant.allowance(model).concurrent,
            "waiting": len(slots.waiting),
            "next": [task.id for task in islice(slots.waiting, NEXT_MAX)],
        }
        for model, slots in tenant.slots.items()
    ]

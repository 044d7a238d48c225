"""`/_mock/requests`: what was asked, filtered by `?tenant=` and `?operation=`; with `?last=` the newest."""

from collections import deque

from mock_server.asgi import Answer, Request, json_answer
from mock_server.control import narrowing, spelling
from mock_server.router import Parameters
from mock_server.world import World


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    last = narrowing.last(request)
    if isinstance(last, Answer):
        return last
    operation = request.query.get("operation")
    if (unknown := spelling.unknown_operation(world, operation)) is not None:
        return unknown
    records = world.journal.find(tenant=narrowing.named(request), operation=operation)
    return json_answer({"data": list(deque(records, maxlen=last)), "dropped": world.journal.dropped})

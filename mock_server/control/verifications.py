"""`/_mock/verify`: does the journal hold as many calls as a test expects? 409 says what it holds."""

import msgspec

from mock_server import refusals
from mock_server.asgi import Answer, Request, json_answer
from mock_server.control import narrowing, orders, spelling
from mock_server.expectations import Expectation, Verdict, verdict
from mock_server.router import Parameters
from mock_server.world import World, tenant_name


async def verify(world: World, request: Request, parameters: Parameters) -> Answer:
    del parameters
    expectation = await orders.read(request, Expectation)
    if isinstance(expectation, Answer):
        return expectation
    if (unknown := spelling.unknown_operation(world, expectation.operation)) is not None:
        return unknown
    tenant = narrowing.named(request) or (expectation.tenant and tenant_name(expectation.tenant))
    expectation = msgspec.structs.replace(expectation, tenant=tenant)
    found = verdict(expectation, world.journal.find(), dropped=world.journal.dropped)
    if found.met:
        return json_answer(found)
    return refusals.refusal(409, _explained(found), **msgspec.to_builtins(found))


def _explained(found: Verdict) -> str:
    text = f"Expected {found.expected}; saw {found.seen}."
    return text if not found.dropped else f"{text} The journal has dropped {found.dropped} older calls."

"""All that is wrong with the inputs of a call whose body its schema accepts."""

from mock_server.calls import Call
from mock_server.inputs.checks import Standards, media_problems
from mock_server.inputs.rules import body_problems
from mock_server.inputs.windows import window_of
from mock_server.issues import Issue
from mock_server.models import billed_model


def problems(call: Call) -> list[Issue]:
    operation, tenant, rulebook = call.operation, call.tenant, call.world.rulebook
    ref = rulebook.validation.schema_of(operation, call.body)
    if ref is None:
        return []
    standards = Standards(
        uploads=tenant.uploads,
        now=tenant.advance(),
        window=window_of(operation.id, billed_model(operation.id, call.body)),
        own_host=call.public_origin.partition("://")[2],
    )
    found = media_problems(rulebook.places.media(ref, call.body), standards)
    known = rulebook.validation.known_fields(operation, call.body)
    found += body_problems(operation.id, known, find_task=tenant.task, now=standards.now)
    return found

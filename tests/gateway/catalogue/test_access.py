"""Who may call which operation."""

import msgspec

from gateway.catalogue.access import ACCESS
from gateway.catalogue.document import DOCUMENT, read_document
from gateway.ports.catalogue import Access

OPERATIONS = read_document().operations
DESCRIBED = [
    operation
    for methods in msgspec.json.decode(DOCUMENT.read_bytes())["paths"].values()
    for operation in methods.values()
]


def test_every_operation_has_an_owner_rule() -> None:
    assert {described["operationId"] for described in DESCRIBED} == ACCESS.keys()


def test_teams_create_whatever_makes_a_task_and_nothing_else() -> None:
    creating = {described["operationId"] for described in DESCRIBED if described.get("x-creates") == "task"}

    assert of(Access.CREATE) == creating


def test_a_task_and_an_upload_belong_to_their_team() -> None:
    assert of(Access.OWN_TASK) == {"tasks_retrieve", "tasks_delete"}
    assert of(Access.OWN_UPLOAD) == {"uploads_create_ephemeral"}
    assert of(Access.OWN_ORGANIZATION) == {"organization_retrieve"}


def test_every_other_read_is_for_administrators() -> None:
    reads = {operation.name for operation in OPERATIONS if operation.method == "GET"}

    assert of(Access.ADMIN_READ) == reads - {"tasks_retrieve", "organization_retrieve"}


def test_everything_else_is_closed() -> None:
    assert of(Access.CLOSED) >= {
        "workflows_run",
        "realtime_sessions_create",
        "voices_create",
        "routers_delete",
    }


def of(access: Access) -> set[str]:
    return {operation.name for operation in OPERATIONS if operation.access is access}

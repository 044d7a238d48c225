"""The SDK's methods, read as operations."""

import pytest
from runwayml.types.task_retrieve_response import Pending

from openapi.operations import sdk_operations
from openapi.schemas import members

OPERATIONS = {operation.id: operation for operation in sdk_operations()}


@pytest.mark.parametrize(("operation_id", "verb", "path"), [
    ("tasks_retrieve", "get", "/v1/tasks/{id}"),
    ("tasks_delete", "delete", "/v1/tasks/{id}"),
    ("image_to_video", "post", "/v1/image_to_video"),
    ("recipes_product_ad", "post", "/v1/recipes/product_ad"),
    ("generate_video", "post", "/v1/generate/video"),
    ("routers_update", "patch", "/v1/routers/{id}"),
    ("routers_list_requests", "get", "/v1/routers/{id}/requests"),
    ("uploads_create_ephemeral", "post", "/v1/uploads"),
    ("organization_webapp_audit_logs_retrieve", "get", "/v1/organization/webapp/audit_logs/{eventId}"),
    ("workflows_run", "post", "/v1/workflows/{id}"),
])  # fmt: skip
def test_a_method_is_read_as_a_verb_and_a_path(operation_id: str, verb: str, path: str) -> None:
    operation = OPERATIONS[operation_id]

    assert (operation.verb, operation.path) == (verb, path)


def test_a_method_whose_answer_can_be_waited_for_creates_a_task() -> None:
    assert OPERATIONS["avatar_videos"].creates_task
    assert not OPERATIONS["tasks_retrieve"].creates_task
    assert not OPERATIONS["routers_create"].creates_task


def test_a_list_is_read_as_pages_of_its_items() -> None:
    assert OPERATIONS["voices_list"].is_paged
    assert not OPERATIONS["workflows_list"].is_paged


def test_a_method_without_an_answer_has_none() -> None:
    assert OPERATIONS["tasks_delete"].response is None
    assert issubclass(members(OPERATIONS["tasks_retrieve"].response)[0], Pending)


def test_a_method_without_parameters_has_no_request() -> None:
    assert OPERATIONS["organization_retrieve"].request is None
    assert OPERATIONS["organization_retrieve_usage"].request is not None


def test_the_operations_come_in_the_order_of_their_paths() -> None:
    places = [(operation.path, operation.verb) for operation in sdk_operations()]

    assert places == sorted(places)

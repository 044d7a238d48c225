"""Which operation a request is for."""

import pytest

from gateway.catalogue.document import read_document
from gateway.catalogue.paths import PARAMETER_LENGTH_MAX, PathTree

OPERATIONS = read_document().operations
TREE = PathTree(OPERATIONS)
TASK = "0b7f0a3e-1f6c-4c11-9c4f-0d7f0a3e1f6c"


def test_every_operation_is_found_at_its_own_path() -> None:
    for operation in OPERATIONS:
        path = operation.path.replace("{id}", TASK).replace("{eventId}", TASK)

        assert TREE.find(operation.method, path) == operation


def test_a_fixed_path_goes_before_a_parameter() -> None:
    assert name("POST", "/v1/voices/preview") == "voices_preview"


def test_a_method_that_only_the_parameter_has_is_found_there() -> None:
    assert name("DELETE", "/v1/voices/preview") == "voices_delete"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/tasks/",
        "/v1/tasks",
        "/v1/tasks/a/b",
        "/v1/nothing",
        "/v1/image_to_video/",
        "//v1/tasks/a",
        "/v1//a",
        "/",
        "",
        "v1/tasks/a",
        "/V1/tasks/a",
    ],
)
def test_there_is_nothing_at_other_paths(path: str) -> None:
    assert TREE.methods_of(path) == frozenset()


@pytest.mark.parametrize(
    "id", [".", "..", "...", "a b", "a%2Fb", "a?b", "ü", "a\n", "a" * (PARAMETER_LENGTH_MAX + 1)]
)
def test_a_parameter_cannot_reach_another_path(id: str) -> None:
    assert TREE.find("GET", f"/v1/tasks/{id}") is None


def test_a_path_tells_the_methods_it_has() -> None:
    assert TREE.methods_of("/v1/tasks/a") == {"GET", "DELETE"}
    assert TREE.methods_of("/v1/image_to_video") == {"POST"}
    assert TREE.find("GET", "/v1/image_to_video") is None


def name(method: str, path: str) -> str | None:
    operation = TREE.find(method, path)
    return None if operation is None else operation.name

"""Requests made up from `runway.json`, chained by explicit links; every answer must be in the document."""

import copy
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mock_server import spec
from mock_server.app import create_app
from mock_server.clock import ClockMode
from mock_server.routes import ENDPOINTS
from mock_server.settings import Settings
from tests.mock_server.driver import headers

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LINKS = {
    name: {"operationId": operation, "parameters": {"id": "$response.body#/id"}}
    for name, operation in (("poll", "tasks_retrieve"), ("delete", "tasks_delete"))
}


@pytest.mark.parametrize(
    ("mode", "examples", "tasks_read_min"),
    [
        ("positive", 50, 25),
        pytest.param("all", 200, 50, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
def test_chained_requests_from_the_document_get_answers_from_the_document(
    mode: str, examples: int, tasks_read_min: int
) -> None:
    """Fewer reads of a task that answer 200 would mean that the links no longer lead anywhere."""
    read = _play(mode, examples)

    assert read.total() >= tasks_read_min, read
    assert read.keys() >= {"RUNNING"}


def _play(mode: str, examples: int) -> Counter[str]:
    """How many reads of a task answered 200, by its status."""
    read: Counter[str] = Counter()
    config = schemathesis.Config.from_dict({"headers": headers(), "generation": {"mode": mode}})
    schema = schemathesis.openapi.from_dict(_linked_document(), config=config)
    schema.app = create_app(Settings(clock=ClockMode.AUTO, tier="unlimited", credits=10**9, seed=1, check_responses=True))

    class Conversation(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
            del case
            return {"headers": headers()}

        def validate_response(self, response: Any, case: schemathesis.Case[Any], **_: object) -> None:  # noqa: ANN401
            case.validate_response(response, checks=CHECKS)
            if (case.method, case.path, response.status_code) == ("GET", "/v1/tasks/{id}", 200):
                read[response.json()["status"]] += 1

    Conversation.run(settings=_settings(examples))
    return read


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=10,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _linked_document() -> dict[str, Any]:
    """The operations that the mock has, and from each create a link to reading and to deleting its task."""
    document: dict[str, Any] = copy.deepcopy(spec.load().document)
    for methods in document["paths"].values():
        for method, operation in list(methods.items()):
            if operation.get("x-creates") is None and operation["operationId"] not in ENDPOINTS:
                del methods[method]
            elif operation.get("x-creates") == "task":
                operation["responses"]["200"]["links"] = LINKS
    document["paths"] = {path: methods for path, methods in document["paths"].items() if methods}
    return document

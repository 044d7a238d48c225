"""Requests made up from `runway.json`, chained by explicit links; every answer must be in the document."""

import copy
from collections import Counter
from collections.abc import Iterable
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
from mock_server.faults.fail import Fail
from mock_server.faults.throttle import Throttle
from mock_server.lifecycle import Status
from mock_server.settings import Settings
from tests.mock_server.driver import headers

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SETTINGS = Settings(
    clock=ClockMode.FROZEN,
    tier="1",
    credits=10**9,
    pending_seconds=2,
    running_seconds=3,
    seed=1,
    check_responses=True,
)
STEP_SECONDS = 1.1
"""So much passes before each request: a play of ten sees the life of a task, and some wait for others."""
FATES = {"failing": Fail(every=2), "waiting": Throttle(every=3, seconds=2)}
STATEFUL: dict[str, Any] = {"inference": {"algorithms": []}}
"""Only our links: what Schemathesis makes of answers by itself differs from one run to the next."""
CONFIG = {"headers": headers(), "phases": {"stateful": STATEFUL}}
SHOWN = frozenset(Status) - {Status.CANCELLED}
"""A task that was cancelled is not found."""
READ = {"task": "/v1/tasks/{id}", "invocation": "/v1/workflow_invocations/{id}"}
"""Where what was created is read and deleted, when it is not at the place itself."""


CHAINED = frozenset(
    f"{kind}_{step}"
    for kind in ("documents", "routers", "voices")
    for step in ("retrieve", "update", "delete")
) | {"realtime_sessions_retrieve", "realtime_sessions_delete"}
"""What only answers well when it is asked about something that was created before."""

Answered = Counter[tuple[str, str]]
"""How many requests answered well, by operation and by the status of what was read."""


@pytest.mark.parametrize(
    ("mode", "examples", "tasks_read_min"),
    [
        ("positive", 100, 25),
        pytest.param("all", 200, 50, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
def test_chained_requests_for_tasks_get_answers_from_the_document(
    mode: str, examples: int, tasks_read_min: int
) -> None:
    """Fewer reads of a task that answer 200 would mean that the links no longer lead anywhere."""
    answered = _play(_part(is_of_tasks=True), mode, examples)

    read = {status: times for (operation, status), times in answered.items() if operation == "tasks_retrieve"}
    assert sum(read.values()) >= tasks_read_min, answered
    assert read.keys() >= SHOWN, answered
    assert answered["tasks_delete", ""] > 0


@pytest.mark.parametrize(
    ("mode", "examples"),
    [
        ("positive", 120),
        pytest.param("all", 200, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
def test_chained_requests_for_everything_else_get_answers_from_the_document(mode: str, examples: int) -> None:
    answered = _play(_part(is_of_tasks=False), mode, examples)

    operations = {operation for operation, _ in answered}
    assert operations >= CHAINED, CHAINED - operations


def _play(document: dict[str, Any], mode: str, examples: int) -> Answered:
    answered: Answered = Counter()
    config = schemathesis.Config.from_dict(CONFIG | {"generation": {"mode": mode}})
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = create_app(SETTINGS)

    class Conversation(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            world = schema.app.world
            world.reset()
            for name, fault in FATES.items():
                world.armory.arm(name, fault, world.moments())

        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
            del case
            for clock in schema.app.world.clocks():
                clock.advance(STEP_SECONDS)
            return {"headers": headers()}

        def validate_response(self, response: Any, case: schemathesis.Case[Any], **_: object) -> None:  # noqa: ANN401
            case.validate_response(response, checks=CHECKS)
            if response.status_code < 300:
                body = response.json() if response.content else {}
                answered[case.operation.definition.raw["operationId"], body.get("status", "")] += 1

    Conversation.run(settings=_settings(examples))
    return answered


def _part(*, is_of_tasks: bool) -> dict[str, Any]:
    """The document with only the paths that tasks are created and read at; or with all others."""
    document = _linked_document()
    document["paths"] = {
        path: methods
        for path, methods in document["paths"].items()
        if (path == READ["task"] or methods.get("post", {}).get("x-creates") == "task") is is_of_tasks
    }
    return document


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
    """From each create, links to all that can be done with what it created."""
    document: dict[str, Any] = copy.deepcopy(spec.load().document)
    _narrow_media(document["components"]["schemas"])
    paths = document["paths"]
    for path, methods in paths.items():
        if "post" in methods:
            made = paths.get(READ.get(methods["post"].get("x-creates", ""), f"{path}/{{id}}"), {})
            methods["post"]["responses"]["200"]["links"] = _links(made.values())
    return document


def _narrow_media(schemas: dict[str, Any]) -> None:
    """A medium made up from the document alone is hardly ever one that is taken."""
    schemas["HttpsUri"]["pattern"] = r"^https://[a-z]{3,9}\.example/"
    types = {"ImageUri": "image/png", "VideoUri": "video/mp4", "AudioUri": "audio/wav"}
    for name, media_type in types.items():
        schemas[name]["anyOf"][-1]["pattern"] = rf"^data:{media_type};base64,([A-Za-z0-9+/]{{4}})+$"


def _links(operations: Iterable[dict[str, Any]]) -> dict[str, Any]:
    names = [operation["operationId"] for operation in operations]
    return {name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in names}

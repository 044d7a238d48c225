"""The gateway's own document, against a running gateway with an admin key."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conformance.player import LONG, Case, Json, Player, linked
from tests.end_to_end.clips import create, new_text
from tests.support.gateway import ADMIN_KEY, Gateway, running_gateway
from tests.support.mock import running_mock
from tests.support.sdk import sdk_of

DOCUMENT = Path(__file__).parents[2] / "openapi/gateway.json"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
READS_MIN = 100
"""Fewer reads that answer 200 would mean that the links no longer lead anywhere."""
REFUSED_MIN = 50

ID = {"id": "$response.body#/id"}
OF_TEAM = {"team": "$response.body#/id"}
NEW_KEY = {"team": "{$response.body#/id}", "label": "a key", "policy": {}}
LINKS = {
    "AdminV1TeamsAddTeam": [
        {"operationId": "AdminV1TeamsIdShowTeam", "parameters": ID},
        {"operationId": "AdminV1TeamsIdChangeTeam", "parameters": {**ID, "If-Match": "*"}},
        {"operationId": "AdminV1TeamsIdArchiveTeam", "parameters": ID},
        {"operationId": "AdminV1KeysListKeys", "parameters": OF_TEAM},
        {"operationId": "AdminV1KeysAddKey", "requestBody": NEW_KEY, "x-schemathesis": {"merge_body": False}},
    ],
    "AdminV1KeysAddKey": [
        {"operationId": "AdminV1KeysIdShowKey", "parameters": ID},
        {"operationId": "AdminV1KeysIdChangeKey", "parameters": {**ID, "If-Match": "*"}},
        {"operationId": "AdminV1KeysIdRevokeKey", "parameters": ID},
    ],
    "AdminV1TasksListTasks": [
        {
            "operationId": "AdminV1TasksIdResolutionResolveTask",
            "parameters": {"id": "$response.body#/data/0/id"},
        },
    ],
}
"""What may follow a request that worked: a team's key, a key's policy, a task's resolution."""


_numbers = count(1)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with a few tasks, one of them unclear."""
    folder = tmp_path_factory.mktemp("administration")
    with running_mock(folder) as mock, running_gateway(folder, mock) as gateway:
        with sdk_of(gateway, gateway.add_team()) as sdk:
            for text in ("", "[[fail:INTERNAL]]", "[[lose-answer]]"):
                create(sdk, new_text(text))
        yield gateway


def test_administration_answers_as_its_document_says(gateway: Gateway) -> None:
    player = Player(
        document=linked(_document(), LINKS),
        url=gateway.url,
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        checks=CHECKS,
        prepare=_with_new_id,
    )

    answers = player.converse(30, steps=8) + player.probe(8, GenerationMode.POSITIVE)

    read = {operation: answers[operation, 200] for operation in _reads()}
    assert min(read.values()) > 0, read
    assert sum(read.values()) >= READS_MIN, read


@pytest.mark.parametrize("requests", [8, pytest.param(100, marks=LONG)])
def test_administration_answers_broken_requests_as_its_document_says(gateway: Gateway, requests: int) -> None:
    player = Player(
        document=_document(),
        url=gateway.url,
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        checks=CHECKS,
    )

    answers = player.probe(requests, GenerationMode.NEGATIVE)

    assert sum(times for (_, status), times in answers.items() if status == 400) >= REFUSED_MIN, answers


def test_without_a_key_administration_is_closed(gateway: Gateway) -> None:
    document = _document()
    document["paths"] = {path: rest for path, rest in document["paths"].items() if path.startswith("/admin")}
    player = Player(document=document, url=gateway.url, headers={}, checks=CHECKS)

    answers = player.probe(4, GenerationMode.POSITIVE)

    assert {status for _, status in answers} <= {400, 401}, answers


def _document() -> Json:
    document: Json = json.loads(DOCUMENT.read_text())
    return document


def _with_new_id(case: Case) -> None:
    """An id of a team is used once and never again; few policies made up by chance make sense."""
    if case.operation.definition.raw["operationId"] == "AdminV1TeamsAddTeam" and isinstance(case.body, dict):
        case.body.update(id=f"generated-{next(_numbers)}", policy={})


def _reads() -> list[str]:
    return [methods["get"]["operationId"] for methods in _document()["paths"].values() if "get" in methods]

"""Runway's own document, against a running gateway with a team's key and the mock server behind it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.conformance.player import LONG, Case, Json, Player, as_it_is, linked
from tests.support.books import Books
from tests.support.gateway import Gateway, running_gateway
from tests.support.mock import Mock, running_mock

DOCUMENT = Path(__file__).parents[2] / "openapi/runway.json"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
]
"""Statuses are not held to the document: 402, 403 and others are the gateway's own."""
OFFERED = {"tasks_retrieve", "tasks_delete", "uploads_create_ephemeral", "organization_retrieve"}
TASKS_READ_MIN = 15
CREATED_MIN = 60
"""Fewer would mean that requests made up from the document no longer fit it."""

ID = {"id": "$response.body#/id"}
READ = {"operationId": "tasks_retrieve", "parameters": ID}
DELETE = {"operationId": "tasks_delete", "parameters": ID}


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    with running_mock(tmp_path_factory.mktemp("upstream"), "--credits", "1000000000") as mock:
        yield mock


@pytest.fixture(scope="module")
def gateway(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), mock) as gateway:
        yield gateway


def test_whatever_runways_document_allows_is_answered_and_paid_as_billed(
    gateway: Gateway, mock: Mock
) -> None:
    books, player = Books(gateway, mock), _player(gateway, _with_media_that_exist)

    answers = player.converse(20, steps=6) + player.probe(1, GenerationMode.POSITIVE)

    created = sum(answers[operation, 200] for operation in _creates())
    mock.advance()
    assert answers["tasks_retrieve", 200] >= TASKS_READ_MIN, answers
    assert created >= CREATED_MIN, answers
    assert books.settled().creates <= created  # identical seeded ones are shared


@pytest.mark.parametrize("requests", [2, pytest.param(25, marks=LONG)])
def test_whatever_it_does_not_allow_is_refused_clearly(gateway: Gateway, mock: Mock, requests: int) -> None:
    books = Books(gateway, mock)

    answers = _player(gateway).probe(requests, GenerationMode.NEGATIVE)

    refused = sum(times for (_, status), times in answers.items() if 400 <= status < 500)
    mock.advance()
    books.settled()
    assert refused > answers.total() / 2, answers


def _player(gateway: Gateway, prepare: Callable[[Case], None] = as_it_is) -> Player:
    links = {operation: [READ, DELETE] for operation in _creates()}
    return Player(
        document=linked(_document(), links),
        url=gateway.url,
        headers={"Authorization": f"Bearer {gateway.add_team().secret}", "X-Runway-Version": "2024-11-06"},
        checks=CHECKS,
        prepare=prepare,
    )


def _with_media_that_exist(case: Case) -> None:
    """Uploads and data made up by chance are nobody's and no picture; any URL will do for the mock."""
    case.body = _existing(case.body)


def _existing(value: Any) -> Any:  # noqa: ANN401 (JSON)
    match value:
        case str() if value.startswith(("runway://", "data:")):
            return "https://example.com/media"
        case dict():
            return {name: _existing(inner) for name, inner in value.items()}
        case list():
            return [_existing(inner) for inner in value]
        case _:
            return value


def _document() -> Json:
    """What teams may use: creates, and what they do with their tasks and uploads."""
    document: Json = json.loads(DOCUMENT.read_text())
    for path, methods in list(document["paths"].items()):
        offered = {
            method: operation
            for method, operation in methods.items()
            if operation.get("x-creates") == "task" or operation["operationId"] in OFFERED
        }
        document["paths"][path] = offered
        if not offered:
            del document["paths"][path]
    return document


def _creates() -> set[str]:
    operations = [operation for methods in _document()["paths"].values() for operation in methods.values()]
    return {operation["operationId"] for operation in operations if "x-creates" in operation}

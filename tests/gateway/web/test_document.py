"""The document of the gateway's own API, and the page made of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.web.document import document
from gateway.web.page import page

COMMITTED = Path(__file__).parents[3] / "openapi/gateway.json"


def test_the_committed_document_is_not_stale() -> None:
    committed = COMMITTED.read_bytes()

    assert committed == document(), "run `make openapi` and read the difference"


def test_every_shape_that_is_referred_to_is_described() -> None:
    described = json.loads(document())

    referred = {ref.removeprefix("#/components/schemas/") for ref in _refs(described)}

    assert referred <= set(described["components"]["schemas"])


def test_every_operation_has_a_name_of_its_own() -> None:
    operations = [
        operation for methods in json.loads(document())["paths"].values() for operation in methods.values()
    ]

    names = {operation["operationId"] for operation in operations}

    assert len(names) == len(operations)
    assert all(operation["summary"] for operation in operations)


def test_every_route_of_administration_wants_an_admin_key() -> None:
    paths = json.loads(document())["paths"]

    open_paths = {
        path
        for path, methods in paths.items()
        for operation in methods.values()
        if {"adminKey": []} not in operation.get("security", [])
    }

    assert open_paths == {"/health/live", "/health/ready"}


def test_the_page_names_every_path() -> None:
    paths = json.loads(document())["paths"]

    shown = page()

    assert not [path for path in paths if path not in shown]


def test_the_page_fetches_nothing() -> None:
    shown = page()

    assert not {"script", "img", "link", "iframe"} & set(re.findall(r"<(\w+)", shown))
    assert not re.findall(r"https?://|url\(|@import", shown)


def _refs(value: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)

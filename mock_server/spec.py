"""What `runway.json` says, as far as a server needs it: operations, body schemas, models."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

RUNWAY_VERSION = "2024-11-06"
DOCUMENT = Path(__file__).with_name("runway.json")

Schema = dict[str, Any]


class Variants(msgspec.Struct, frozen=True):
    """A body whose schema is chosen by one of its fields; `refs` by the field's values."""

    field: str
    refs: dict[str, str]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`creates` is "task", "invocation" or None. `body` is the reference of its schema, or its variants."""

    id: str
    method: str
    path: str
    creates: str | None
    body: str | Variants | None


class Spec:
    """The document and its operations; built once per program."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        self.operations = tuple(_operations(document["paths"]))

    @cached_property
    def models(self) -> dict[str, str]:
        """Each model that a task can be created with, and the first operation that takes it."""
        found: dict[str, str] = {}
        for operation in self.operations:
            if operation.creates and isinstance(operation.body, Variants) and operation.body.field == "model":
                for model in operation.body.refs:
                    found.setdefault(model, operation.id)
        return found

    def schema_at(self, path: list[str | int]) -> Schema:
        """The schema at a path into the document, references followed."""
        schema: Any = self.document
        for step in path:
            schema = self.resolved(schema)[step]
        found: Schema = self.resolved(schema)
        return found

    def resolved(self, schema: Any) -> Any:  # noqa: ANN401 (any part of the document)
        while isinstance(schema, dict) and "$ref" in schema:
            target: Any = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        return schema


def load() -> Spec:
    return Spec(msgspec.json.decode(DOCUMENT.read_bytes()))


def _operations(paths: Mapping[str, Any]) -> list[Operation]:
    return [
        Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            creates=operation.get("x-creates"),
            body=_body(operation),
        )
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]


def _body(operation: Mapping[str, Any]) -> str | Variants | None:
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "discriminator" not in schema:
        return str(schema["$ref"])
    discriminator = schema["discriminator"]
    return Variants(discriminator["propertyName"], discriminator["mapping"])

"""What `runway.json` says, as far as a server needs it: operations, body schemas, models."""

from collections.abc import Iterator, Mapping
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


class QueryField(msgspec.Struct, frozen=True):
    """One parameter of a query string."""

    schema: Schema
    is_required: bool


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`creates` is "task", "invocation" or None. `body` is the reference of its schema, or its variants.

    `answers` has the reference of the schema for each status; None where nothing is said about the body.
    """

    id: str
    method: str
    path: str
    creates: str | None
    body: str | Variants | None
    query: dict[str, QueryField]
    answers: dict[int, str | None]


class Spec:
    """The document and its operations; built once per program."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        self.operations = tuple(self._operations())

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

    def _operations(self) -> Iterator[Operation]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    creates=operation.get("x-creates"),
                    body=_body(operation),
                    query=self._query(operation),
                    answers=self._answers(operation),
                )

    def _query(self, operation: Schema) -> dict[str, QueryField]:
        parameters = [self.resolved(parameter) for parameter in operation.get("parameters", [])]
        return {
            parameter["name"]: QueryField(parameter["schema"], parameter.get("required", False))
            for parameter in parameters
            if parameter["in"] == "query"
        }

    def _answers(self, operation: Schema) -> dict[int, str | None]:
        answers = {int(status): self.resolved(answer) for status, answer in operation["responses"].items()}
        return {
            status: answer["content"]["application/json"]["schema"]["$ref"] if "content" in answer else None
            for status, answer in answers.items()
        }


def load() -> Spec:
    return Spec(msgspec.json.decode(DOCUMENT.read_bytes()))


def _body(operation: Mapping[str, Any]) -> str | Variants | None:
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "discriminator" not in schema:
        return str(schema["$ref"])
    discriminator = schema["discriminator"]
    return Variants(discriminator["propertyName"], discriminator["mapping"])

"""Reads openapi/runway.json: which operations there are and what their bodies look like."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from gateway.catalogue.access import ACCESS
from gateway.ports.catalogue import Body, Operation

DOCUMENT = Path(__file__).with_name("runway.json")
_PREFIX = "#/components/schemas/"

Schema = dict[str, Any]


class Variant(Struct, frozen=True):
    """One shape that a body may have."""

    schema: str
    """Its name among the document's schemas."""
    properties: frozenset[str]
    defaults: Mapping[str, object]
    ignores_others: bool
    """Whether Runway is documented to ignore keys that are not among the properties."""


@dataclass(frozen=True)
class BodyShape:
    """What the body of an operation may be: one variant per value of `chooser`, or just one for None."""

    chooser: str | None
    variants: Mapping[str | None, Variant]

    def variant_of(self, body: Body) -> Variant | None:
        """Choose the variant by the body; None when the body names none."""
        choice = None if self.chooser is None else body.get(self.chooser)
        return self.variants.get(choice) if choice is None or isinstance(choice, str) else None

    @cached_property
    def models(self) -> frozenset[str]:
        return frozenset(filter(None, self.variants)) if self.chooser == "model" else frozenset()


class Document(Struct, frozen=True):
    """The description of Runway's API, as far as the gateway needs it."""

    schemas: Mapping[str, Schema]
    operations: tuple[Operation, ...]
    bodies: Mapping[str, BodyShape]


def read_document(file: Path = DOCUMENT) -> Document:
    """Read the description of Runway's API that the package carries."""
    content = msgspec.json.decode(file.read_bytes())
    schemas: dict[str, Schema] = content["components"]["schemas"]
    found = list(_operations(content["paths"]))
    return Document(
        schemas,
        tuple(operation for operation, _ in found),
        {operation.name: _body_shape(body, schemas) for operation, body in found if body is not None},
    )


def _operations(paths: dict[str, dict[str, Schema]]) -> Iterator[tuple[Operation, Schema | None]]:
    for path, methods in paths.items():
        for method, described in methods.items():
            name = described["operationId"]
            content = described.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            yield Operation(name, method.upper(), path, ACCESS[name]), schema


def _body_shape(body: Schema, schemas: Mapping[str, Schema]) -> BodyShape:
    if "$ref" in body:
        return BodyShape(None, {None: _variant(body["$ref"], schemas)})
    chooser = body["discriminator"]
    variants = {value: _variant(reference, schemas) for value, reference in chooser["mapping"].items()}
    return BodyShape(chooser["propertyName"], variants)


def _variant(reference: str, schemas: Mapping[str, Schema]) -> Variant:
    name = reference.removeprefix(_PREFIX)
    schema = schemas[name]
    properties = schema["properties"]
    is_strict = schema.get("additionalProperties") is False
    return Variant(
        schema=name,
        properties=frozenset(properties),
        defaults={field: rule["default"] for field, rule in properties.items() if "default" in rule},
        ignores_others=not is_strict and "additionalProperties" not in schema.get("x-assumed", ()),
    )

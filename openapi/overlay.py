"""What types cannot say: lays the tables of openapi/overlay/ over the derived document.

A table that finds nothing to stand on is an error: it shows what became stale when the SDK was upgraded.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi.constraints import constrain
from openapi.document import Schema

_FOLDER = Path(__file__).parent / "overlay"
_STEP = re.compile(r"\[\]|\|\w+|[^.\[\]|]+")

Tables = dict[str, Any]


class StaleOverlayError(Exception):
    """An entry of the overlay matches nothing in the derived document."""


def read_tables() -> Tables:
    """The overlay's files as one tree of tables, the examples under `examples`."""
    tables: Tables = {}
    for file in sorted(_FOLDER.glob("*.toml")):
        _merge(tables, tomllib.loads(file.read_text()))
    examples = json.loads((_FOLDER / "examples.json").read_text())
    return {**tables, "examples": examples}


def response_names(tables: Tables) -> dict[str, str]:
    """How the answer of an operation is called, by operation id."""
    return {operation: name for name, operations in tables["names"].items() for operation in operations}


def lay_over(document: Schema, tables: Tables) -> None:
    """Adds to the document, in place, all that the tables say.

    :raises StaleOverlayError: an entry matches nothing
    """
    _merge(document, tables["document"])
    operations = _operations(document)
    _add_media(document, tables["media"])
    for operation_id, variants in tables["bodies"].items():
        _constrain_body(document, _found(operations, operation_id), variants)
    for name, constraints in tables["schemas"].items():
        _constrain_schema(_found(document["components"]["schemas"], name), name, constraints)
    for operation_id, constraints in tables["parameters"].items():
        _constrain_parameters(_found(operations, operation_id), constraints)
    _add_errors(operations, tables["errors"])
    for operation_id, additions in tables["operations"].items():
        _merge(_found(operations, operation_id), additions)
    _add_examples(document, operations, tables["examples"])


def located(schema: Schema, path: str) -> list[Schema]:
    """The schemas at a path, in every branch that has it.

    `references[].uri` goes through a list, `models.*` to the values of an object without fixed keys,
    `media|audio.uri` only into the variant that says `audio`.
    """
    found = [schema]
    for step in _STEP.findall(path):
        found = [inner for outer in found for branch in _branches(outer) for inner in _step(branch, step)]
    return found


def _merge(target: Tables, addition: Tables) -> None:
    for key, value in addition.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


def _operations(document: Schema) -> dict[str, Schema]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


def _found(tables: Tables, name: str) -> Any:
    if name not in tables:
        raise StaleOverlayError(f"nothing is called {name}")
    return tables[name]


def _branches(schema: Schema) -> Iterator[Schema]:
    inner = schema.get("anyOf", []) + schema.get("allOf", [])
    yield schema
    for branch in inner:
        yield from _branches(branch)


def _step(schema: Schema, step: str) -> list[Schema]:
    match step:
        case "[]":
            found = schema.get("items")
        case "*":
            found = schema.get("additionalProperties")
        case variant if variant.startswith("|"):
            constants = [field.get("const") for field in schema.get("properties", {}).values()]
            found = schema if variant[1:] in constants else None
        case name:
            found = schema.get("properties", {}).get(name)
    return [found] if isinstance(found, dict) else []


def _add_media(document: Schema, media: dict[str, list[str]]) -> None:
    bodies = [
        schema
        for operation in _operations(document).values()
        for schema in _body_schemas(document, operation)
    ]
    for component, paths in media.items():
        for path in paths:
            places = [place for body in bodies for place in located(body, path)]
            fitting = [place for place in places if constrain(place, {"media": component})]
            if not fitting:
                raise StaleOverlayError(f"no body has a string {path}")


def _body(operation: Schema) -> Schema:
    content = operation.get("requestBody", {}).get("content", {})
    schema: Schema = content.get("application/json", {}).get("schema", {})
    return schema


def _body_schemas(document: Schema, operation: Schema) -> list[Schema]:
    references = _body(operation).get("oneOf", [_body(operation)])
    return [_resolved(document, reference) for reference in references if reference]


def _resolved(document: Schema, reference: Schema) -> Schema:
    schema: Schema = document["components"]["schemas"][reference["$ref"].rsplit("/", 1)[1]]
    return schema


def _constrain_body(document: Schema, operation: Schema, variants: Tables) -> None:
    """`variants` maps the values of the discriminator, apart by blanks, to constraints by path; `any` means all."""
    body = _body(operation)
    mapping = body.get("discriminator", {}).get("mapping", {"any": body.get("$ref")})
    for values, constraints in variants.items():
        for value in mapping if values == "any" else values.split():
            name = f"{operation['operationId']} {value}"
            _constrain_schema(_resolved(document, {"$ref": _found(mapping, value)}), name, constraints)


def _constrain_schema(schema: Schema, name: str, constraints: Tables) -> None:
    for path, wanted in constraints.items():
        places = located(schema, "" if path == "self" else path)
        fitting = [place for place in places if constrain(place, wanted)]
        if not fitting:
            raise StaleOverlayError(f"{name} has no {path} that takes {sorted(wanted)}")


def _constrain_parameters(operation: Schema, constraints: Tables) -> None:
    named = {
        parameter["name"]: parameter["schema"] for parameter in operation["parameters"] if "name" in parameter
    }
    for name, wanted in constraints.items():
        if not constrain(_found(named, name), wanted):
            raise StaleOverlayError(f"{operation['operationId']} has no {name} that takes {sorted(wanted)}")


def _add_errors(operations: dict[str, Schema], errors: dict[str, Tables]) -> None:
    """`errors` maps a status to the response's name and the operations that answer it, `every` meaning all."""
    for status, entry in errors.items():
        for operation_id in operations if entry["at"] == "every" else entry["at"]:
            answer = {"$ref": f"#/components/responses/{entry['response']}"}
            _found(operations, operation_id)["responses"][status] = answer


def _add_examples(document: Schema, operations: dict[str, Schema], examples: dict[str, Tables]) -> None:
    unused = set(examples)
    for operation in operations.values():
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        name = content["schema"]["$ref"].rsplit("/", 1)[1]
        if name in examples:
            content["examples"] = {title: {"value": value} for title, value in examples[name].items()}
            unused.discard(name)
    if unused:
        raise StaleOverlayError(f"no answer is called {sorted(unused)}")

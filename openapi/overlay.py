"""What types cannot say: lays the tables of openapi/overlay/ over the derived document.

An entry that finds nothing to stand on is an error: it shows what became stale when the SDK was upgraded.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi.constraints import constrain
from openapi.schemas import Schema

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
    tables["examples"] = json.loads((_FOLDER / "examples.json").read_text())
    return tables


def response_names(tables: Tables) -> dict[str, str]:
    """How the answer of an operation is called, by operation id."""
    return {operation: name for name, operations in tables["names"].items() for operation in operations}


def lay_over(document: Schema, tables: Tables) -> None:
    """Adds to the document, in place, all that the tables say.

    :raises StaleOverlayError: an entry matches nothing
    """
    _merge(document, tables["document"])
    schemas = document["components"]["schemas"]
    operations = {
        entry["operationId"]: entry for path in document["paths"].values() for entry in path.values()
    }
    for operation_id in response_names(tables):
        _found(operations, operation_id)
    for operation_id, additions in tables["operations"].items():
        _merge(_found(operations, operation_id), additions)
    _add_media(list(_bodies(operations, schemas)), tables["media"])
    _constrain_bodies(operations, schemas, tables["bodies"])
    _constrain_parameters(operations, tables["parameters"])
    for name, constraints in _each(tables["schemas"]):
        _constrain(_found(schemas, name), name, constraints)
    _add_errors(operations, tables["errors"])
    _add_examples(operations, tables["examples"])


def located(schema: Schema, path: str) -> list[Schema]:
    """The schemas at a path, in every branch that has it.

    `references[].uri` goes through a list, `models.*` to the values of an object without fixed keys,
    `media|audio.uri` only into the variant that says `audio`.
    """
    found = [schema]
    for step in _STEP.findall(path):
        found = [inner for outer in found for branch in _branches(outer) for inner in _step(branch, step)]
    return found


def _branches(schema: Schema) -> Iterator[Schema]:
    yield schema
    for branch in schema.get("anyOf", []):
        yield from _branches(branch)


def _step(schema: Schema, step: str) -> list[Schema]:
    if step.startswith("|"):
        constants = [field.get("const") for field in schema.get("properties", {}).values()]
        return [schema] if step[1:] in constants else []
    keyword = {"[]": "items", "*": "additionalProperties"}.get(step)
    found = schema.get(keyword) if keyword else schema.get("properties", {}).get(step)
    return [] if found is None else [found]


def _merge(target: Tables, addition: Tables) -> None:
    for key, value in addition.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


def _found(entries: Tables, name: str) -> Tables:
    if name not in entries:
        raise StaleOverlayError(f"nothing is called {name}")
    entry: Tables = entries[name]
    return entry


def _constrain(schema: Schema, name: str, constraints: Tables) -> None:
    for path, wanted in constraints.items():
        places = [schema] if path == "self" else located(schema, path)
        if not [place for place in places if constrain(place, wanted)]:
            raise StaleOverlayError(f"{name} has no {path} that takes {sorted(wanted)}")


def _add_media(bodies: list[Schema], media: dict[str, list[str]]) -> None:
    for component, paths in media.items():
        for path in paths:
            places = [place for body in bodies for place in located(body, path)]
            if not [place for place in places if constrain(place, {"media": component})]:
                raise StaleOverlayError(f"no body has a string {path}")


def _bodies(operations: Tables, schemas: Schema) -> Iterator[Schema]:
    for operation in operations.values():
        for name in _variants(operation).values():
            yield schemas[name]


def _variants(operation: Schema) -> dict[str, str]:
    """The names of the body's schemas by the value that tells them apart, or the only one as `any`."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    only = {"any": schema["$ref"]} if "$ref" in schema else {}
    references = schema.get("discriminator", {}).get("mapping", only)
    return {value: reference.rsplit("/", 1)[1] for value, reference in references.items()}


def _constrain_bodies(operations: Tables, schemas: Schema, bodies: Tables) -> None:
    """Tables by operation ids, then by the values that tell variants apart, with blanks between several."""
    for operation_id, tables in _each(bodies):
        variants = _variants(_found(operations, operation_id))
        for value, constraints in _each(tables):
            if value not in variants:
                raise StaleOverlayError(f"{operation_id} has no body for {value}")
            _constrain(schemas[variants[value]], f"{operation_id} {value}", constraints)


def _constrain_parameters(operations: Tables, tables: Tables) -> None:
    for operation_id, constraints in _each(tables):
        parameters = _found(operations, operation_id)["parameters"]
        named = {parameter["name"]: parameter for parameter in parameters if "name" in parameter}
        for name, wanted in constraints.items():
            parameter = _found(named, name)
            _constrain(parameter["schema"], f"{operation_id} {name}", {"self": wanted})
            if "default" in wanted:
                parameter["required"] = False


def _each(tables: Tables) -> Iterator[tuple[str, Tables]]:
    for names, table in tables.items():
        for name in names.split():
            yield name, table


def _add_errors(operations: Tables, errors: Tables) -> None:
    """Tables by status: the name of the answer and the operations that give it, `every` for all."""
    for status, entry in errors.items():
        for operation_id in list(operations) if entry["at"] == "every" else entry["at"]:
            answer = {"$ref": f"#/components/responses/{entry['response']}"}
            _found(operations, operation_id)["responses"][status] = answer


def _add_examples(operations: Tables, examples: Tables) -> None:
    """Examples by the name of the answer, then by their own."""
    answers: dict[str, list[Tables]] = {}
    for operation in operations.values():
        if "200" in operation["responses"]:
            content = operation["responses"]["200"]["content"]["application/json"]
            answers.setdefault(content["schema"]["$ref"].rsplit("/", 1)[1], []).append(content)
    for name, values in examples.items():
        if name not in answers:
            raise StaleOverlayError(f"no answer is called {name}")
        for content in answers[name]:
            content["examples"] = {title: {"value": value} for title, value in values.items()}

"""The OpenAPI document as far as the SDK's types can tell it; the overlay adds the rest."""

import re

import runwayml

from openapi.operations import Operation
from openapi.schemas import Schema, members, schema_of

_DISCRIMINATORS = ("model", "status", "mode")  # in the order of preference


def derived_document(operations: list[Operation], names: dict[str, str]) -> Schema:
    """The document of all operations; `names` says how an operation's answer is called, by operation id."""
    schemas: Schema = {}
    paths: Schema = {}
    for operation in operations:
        name = names.get(operation.id, f"{_pascal(operation.id)}Response")
        paths.setdefault(operation.path, {})[operation.verb] = _operation(operation, name, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"version": runwayml.__version__},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(operation: Operation, response_name: str, schemas: Schema) -> Schema:
    described: Schema = {"operationId": operation.id, "tags": [operation.resource.split(".")[0]]}
    if operation.creates_task:
        described["x-creates"] = "task"
    described["security"] = [{"bearer": []}]
    described["parameters"] = [{"$ref": "#/components/parameters/XRunwayVersion"}, *_parameters(operation)]
    if operation.request is not None and operation.verb != "get":
        schema = _body(operation, schemas)
        described["requestBody"] = {"required": True, "content": _json(schema)}
    described["responses"] = _answer(operation, response_name, schemas)
    return described


def _parameters(operation: Operation) -> list[Schema]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    if operation.request is None or operation.verb != "get":
        return in_path
    query = schema_of(operation.request)
    required = query.get("required", [])
    return in_path + [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in query["properties"].items()
    ]


def _answer(operation: Operation, name: str, schemas: Schema) -> Schema:
    if operation.response is None:
        return {"204": {"description": "Done"}}
    if operation.is_paged:
        schema = _page(operation.response)
    else:
        variants = [schema_of(member) for member in members(operation.response)]
        schema = _choice(name, variants, schemas) or schema_of(operation.response)
    return {"200": {"description": "Done", "content": _json(_stored(name, schema, schemas))}}


def _page(item: object) -> Schema:
    data = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": schema_of(item)}},
        "required": ["data"],
    }
    return {"allOf": [_reference("Page"), data]}


def _body(operation: Operation, schemas: Schema) -> Schema:
    name = _pascal(operation.id)
    variants = [_unstated(schema_of(member)) for member in members(operation.request)]
    choice = _choice(name, variants, schemas)
    assert choice or len(variants) == 1, f"nothing tells the bodies of {operation.id} apart"
    return choice or _stored(f"{name}Body", variants[0], schemas)


def _unstated(schema: Schema) -> Schema:
    """Types do not tell whether unknown keys are refused: until the overlay knows, we guess not."""
    return {**schema, "x-assumed": ["additionalProperties"]}


def _choice(name: str, variants: list[Schema], schemas: Schema) -> Schema | None:
    """A choice of references, where a property tells the variants apart."""
    discriminator = _discriminator(variants)
    if discriminator is None:
        return None
    mapping = {
        value: _stored(name + _pascal(value), variant, schemas)["$ref"]
        for variant in variants
        for value in [variant["properties"][discriminator]["const"]]
    }
    assert len(mapping) == len(variants), f"two variants of {name} have the same {discriminator}"
    return {
        "oneOf": [{"$ref": target} for target in mapping.values()],
        "discriminator": {"propertyName": discriminator, "mapping": mapping},
    }


def _discriminator(variants: list[Schema]) -> str | None:
    for name in _DISCRIMINATORS:
        if all("const" in variant.get("properties", {}).get(name, {}) for variant in variants):
            return name
    return None


def _stored(name: str, schema: Schema, schemas: Schema) -> Schema:
    assert schemas.setdefault(name, schema) == schema, f"{name} would mean two different things"
    return _reference(name)


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _pascal(name: str) -> str:
    """`image_to_video` as `ImageToVideo`, `gen4.5` as `Gen4_5`: figures stay apart so that no names meet."""
    words = re.split(r"[._\-]", name.lower() if name.isupper() else name)
    return "".join(f"_{word}" if word[0].isdigit() else word[0].upper() + word[1:] for word in words)

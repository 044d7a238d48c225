"""JSON Schema out of the SDK's types: TypedDicts for what is sent, pydantic models for what comes back."""

import types
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Required, Union, get_args, get_origin, get_type_hints

import typing_extensions
from pydantic import BaseModel
from runwayml._utils import PropertyInfo

_PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
    object: {},
}
_ARRAYS = {list, Iterable, Sequence}
_OBJECTS = {dict, Mapping}
_UNIONS = {Union, types.UnionType}
_REQUIRED = {Required, typing_extensions.Required}
_WRAPPERS = {Annotated, *_REQUIRED}

Schema = dict[str, Any]


def schema_of(annotation: object) -> Schema:
    """The schema of any type that the SDK uses."""
    if annotation in _PLAIN:
        return dict(_PLAIN[annotation])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model(annotation)
    if isinstance(annotation, type) and typing_extensions.is_typeddict(annotation):
        return _typed_dict(annotation)
    return _generic(annotation, get_origin(annotation), get_args(annotation))


def members(annotation: object) -> list[Any]:
    """The types that a union joins, nested unions and annotations opened; any other type alone."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in _WRAPPERS:
        return members(arguments[0])
    if origin in _UNIONS:
        return [member for argument in arguments for member in members(argument)]
    return [annotation]


def _generic(annotation: object, origin: object, arguments: tuple[Any, ...]) -> Schema:
    if origin in _WRAPPERS:
        return schema_of(arguments[0])
    if origin in _UNIONS:
        return _union(members(annotation))
    if origin is Literal:
        return _literal(arguments)
    if origin in _ARRAYS:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin in _OBJECTS:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    raise TypeError(f"no schema known for {annotation!r}")


def _union(joined: list[Any]) -> Schema:
    if {date, datetime} & set(joined):  # in JSON both are the same string
        joined = [member for member in joined if member is not str]
    variants: list[Schema] = []
    for member in joined:
        if (schema := schema_of(member)) not in variants:
            variants.append(schema)
    return variants[0] if len(variants) == 1 else {"anyOf": variants}


def _literal(values: tuple[Any, ...]) -> Schema:
    if len(values) == 1:
        return {"const": values[0]}
    kinds = {type(value) for value in values}
    return {**(_PLAIN[kinds.pop()] if len(kinds) == 1 else {}), "enum": list(values)}


def _typed_dict(definition: type) -> Schema:
    properties: Schema = {}
    required: list[str] = []
    for field, hint in get_type_hints(definition, include_extras=True).items():
        name = _alias(hint) or field
        properties[name] = schema_of(hint)
        if get_origin(hint) in _REQUIRED:
            required.append(name)
    return _object(properties, required)


def _alias(hint: object) -> str | None:
    if get_origin(hint) in _REQUIRED:
        return _alias(get_args(hint)[0])
    notes = getattr(hint, "__metadata__", ())
    return next((note.alias for note in notes if isinstance(note, PropertyInfo) and note.alias), None)


def _model(definition: type[BaseModel]) -> Schema:
    fields = {field.alias or name: field for name, field in definition.model_fields.items()}
    return _object(
        {name: schema_of(field.annotation) for name, field in fields.items()},
        [name for name, field in fields.items() if field.is_required()],
    )


def _object(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})

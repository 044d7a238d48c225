"""Says what is wrong with a body in the words of Zod, which Runway's `issues` are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from jsonschema_rs import ValidationError, ValidationErrorKind

from mock_server import combinations
from mock_server.spec import Spec

Kind = ValidationErrorKind
Path = list[str | int]
Issue = dict[str, Any]

ORIGINS = {"maximum": "number", "minimum": "number", "maxItems": "array", "minItems": "array"}
COMPONENT_STEPS = 3  # components, schemas, and its name
NOUNS = {"string": "characters", "array": "items"}


def of_error(error: ValidationError, spec: Spec) -> list[Issue]:
    """The issues that one violation of the schema comes to."""
    match error.kind:
        case Kind.AnyOf(context=branches) | Kind.OneOfNotValid(context=branches):
            return _no_branch(error, branches, spec=spec)
        case _:
            return [_of_fields(error, list(error.instance_path), spec=spec)]


def _of_fields(error: ValidationError, path: Path, *, spec: Spec) -> Issue:
    match error.kind:
        case Kind.Required(property=name):
            return _missing(error, str(name), spec)
        case Kind.AdditionalProperties(unexpected=keys) | Kind.UnevaluatedProperties(unexpected=keys):
            return _unrecognized(keys, path)
        case Kind.Contains():
            return custom(combinations.of_contains(error, spec), path)
        case Kind.MaxProperties():
            return custom(combinations.of_company(error, spec), path)
        case Kind.FalseSchema():
            return custom(combinations.of_forbidden(error), path)
        case _:
            return _of_value(error, path)


def _of_value(error: ValidationError, path: Path) -> Issue:
    match error.kind:
        case Kind.Type(types=types):
            return wrong_type(_zod_type(types, error.instance), error.instance, path=path)
        case Kind.Constant(expected_value=value):
            return _invalid_option([value], path)
        case Kind.Enum(options=options):
            return _invalid_option(options, path)
        case Kind.Pattern(pattern=pattern):
            message = f"Invalid string: must match pattern /{pattern}/"
            return _issue("invalid_format", path, message, origin="string", format="regex")
        case Kind.Format(format=name):
            return _issue("invalid_format", path, f"Invalid {name}", origin="string", format=name)
        case _:
            return _of_bound(error, path)


def _of_bound(error: ValidationError, path: Path) -> Issue:
    match error.kind:
        case Kind.Maximum(limit=limit) | Kind.MaxItems(limit=limit):
            return _too_big(ORIGINS[error.kind.name], limit, path)
        case Kind.MaxLength(limit=limit) | Kind.Custom(keyword="x-utf16-max", message=limit):
            return _too_big("string", int(limit), path)
        case Kind.Minimum(limit=limit) | Kind.MinItems(limit=limit):
            return _too_small(ORIGINS[error.kind.name], limit, path)
        case Kind.MinLength(limit=limit):
            return _too_small("string", limit, path)
        case _:
            return custom(f"Invalid input: {error.kind.name}", path)


def wrong_type(expected: str, value: object, *, path: Path) -> Issue:
    message = f"Invalid input: expected {expected}, received {_type_name(value)}"
    return _issue("invalid_type", path, message, expected=expected)


def absent(expected: str, path: Path) -> Issue:
    message = f"Invalid input: expected {expected}, received undefined"
    return _issue("invalid_type", path, message, expected=expected)


def unknown_variant(field: str, known: Sequence[str]) -> Issue:
    return _issue("invalid_value", [field], _one_of(known), values=list(known))


def custom(message: str, path: Path) -> Issue:
    return _issue("custom", path, message)


def too_big_asset(measure: str, limit: float, path: Path) -> Issue:
    message = f"Asset {measure} must be at most {limit:g}"
    return _issue("too_big", path, message, maximum=limit, type="number", inclusive=True, origin="number")


def too_small_asset(measure: str, limit: float, path: Path) -> Issue:
    message = f"Asset {measure} must be at least {limit:g}"
    return _issue("too_small", path, message, minimum=limit, type="number", inclusive=True, origin="number")


def _missing(error: ValidationError, name: str, spec: Spec) -> Issue:
    """What is required by a condition, is described in the component that the condition belongs to."""
    steps = list(error.schema_path)
    owners = (spec.schema_at(steps[:-1]), spec.schema_at(steps[:COMPONENT_STEPS]))
    described = (owner["properties"][name] for owner in owners if name in owner.get("properties", {}))
    schema = spec.resolved(next(described, {}))
    path = [*error.instance_path, name]
    if "const" in schema or "enum" in schema:
        return _invalid_option(schema.get("enum", [schema.get("const")]), path)
    if "anyOf" in schema or "oneOf" in schema:
        return _issue("invalid_union", path, "Invalid input", errors=[])
    return absent(_zod_type([schema.get("type", "unknown")], None), path)


def _unrecognized(keys: Sequence[str], path: Path) -> Issue:
    names = ", ".join(f'"{key}"' for key in keys)
    return _issue(
        "unrecognized_keys", path, f"Unrecognized key{'s' * (len(keys) > 1)}: {names}", keys=list(keys)
    )


def _no_branch(
    error: ValidationError, branches: Sequence[Sequence[ValidationError]], *, spec: Spec
) -> list[Issue]:
    """As Zod does: when only one branch takes values of this type, its own issues are the answer."""
    path = list(error.instance_path)
    found = [[issue for wrong in branch for issue in of_error(wrong, spec)] for branch in branches]
    if combinations.is_mixed(error):
        frameless = combinations.is_frameless(branches[-1])
        return found[-1] if frameless else [custom(combinations.MIXTURE, path)]
    speaking = combinations.speaking(branches, path)
    if len(speaking) == 1:
        return found[speaking[0]]
    return [_issue("invalid_union", path, "Invalid input", errors=found)]


def _invalid_option(options: Sequence[object], path: Path) -> Issue:
    return _issue("invalid_value", path, _one_of(options), values=list(options))


def _one_of(options: Sequence[object]) -> str:
    listed = "|".join(_literal(option) for option in options)
    return (
        f"Invalid input: expected {listed}"
        if len(options) == 1
        else f"Invalid option: expected one of {listed}"
    )


def _too_big(origin: str, limit: object, path: Path) -> Issue:
    message = f"Too big: expected {origin} to {_measure(origin, '<=', limit)}"
    return _issue("too_big", path, message, origin=origin, type=origin, maximum=limit, inclusive=True)


def _too_small(origin: str, limit: object, path: Path) -> Issue:
    message = f"Too small: expected {origin} to {_measure(origin, '>=', limit)}"
    return _issue("too_small", path, message, origin=origin, type=origin, minimum=limit, inclusive=True)


def _measure(origin: str, sign: str, limit: object) -> str:
    return f"have {sign}{limit} {NOUNS[origin]}" if origin in NOUNS else f"be {sign}{limit}"


def _issue(code: str, path: Path, message: str, **facts: object) -> Issue:
    return {"code": code, **facts, "path": path, "message": message}


def _zod_type(types: Sequence[str], value: object) -> str:
    if "integer" in types:
        return "int" if isinstance(value, float) else "number"
    return "|".join(types)


def _type_name(value: object) -> str:
    if value is None:
        return "null"
    names: Mapping[type, str] = {bool: "boolean", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "number")


def _literal(value: object) -> str:
    return msgspec.json.encode(value).decode()

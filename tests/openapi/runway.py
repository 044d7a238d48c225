"""The committed document and a validator of bodies against it, for the tests of this folder."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from openapi.derive import COMMITTED

IMAGE = "https://media.example/image.png"
VIDEO = "https://media.example/video.mp4"
SOUND = "https://media.example/sound.mp3"

Json = dict[str, Any]


@cache
def document() -> Json:
    loaded: Json = json.loads(COMMITTED.read_text())
    return loaded


def operations() -> dict[str, Json]:
    return {entry["operationId"]: entry for path in document()["paths"].values() for entry in path.values()}


def body_schema(operation_id: str) -> Json:
    schema: Json = operations()[operation_id]["requestBody"]["content"]["application/json"]["schema"]
    return schema


def variants(operation_id: str) -> dict[str, str]:
    """References to the body's variants by the value that tells them apart, or the only one as `any`."""
    schema = body_schema(operation_id)
    mapping: dict[str, str] = (
        schema["discriminator"]["mapping"] if "oneOf" in schema else {"any": schema["$ref"]}
    )
    return mapping


def resolved(reference: str) -> Json:
    schema: Json = document()["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return schema


def problems(operation_id: str, body: Json) -> list[str]:
    """Where the body breaks the document; a body that says no known variant breaks it there only."""
    schema = body_schema(operation_id)
    if "oneOf" not in schema:
        return _places(validator(schema["$ref"]), body)
    discriminator = schema["discriminator"]["propertyName"]
    reference = variants(operation_id).get(body.get(discriminator, ""))
    return [discriminator] if reference is None else _places(validator(reference), body)


@cache
def validator(reference: str) -> jsonschema_rs.Validator:
    registry = jsonschema_rs.Registry([("urn:runway", document())], draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:runway{reference}"},
        registry=registry,
        keywords={"x-utf16-max": _Utf16Max},
        validate_formats=True,
    )


class _Utf16Max:
    """The custom keyword as a validator has to read it."""

    def __init__(self, _parent: Json, value: int, _path: list[str]) -> None:
        self._max = value

    def validate(self, instance: object) -> None:
        if isinstance(instance, str) and len(instance.encode("utf-16-le")) // 2 > self._max:
            raise ValueError("too many UTF-16 units")


def _places(checked: jsonschema_rs.Validator, body: Json) -> list[str]:
    return sorted({_place(error) for error in checked.iter_errors(body)})


def _place(error: jsonschema_rs.ValidationError) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        path += f".{error.kind.property}"
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        path += f".{error.kind.unexpected[0]}"
    return path.removeprefix(".")

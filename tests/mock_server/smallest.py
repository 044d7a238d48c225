"""The smallest body that a schema accepts: only what is required, each field at its first value."""

from typing import Any

from mock_server.spec import Operation, Schema, Spec, Variants

MEDIA = {"ImageUri": "image.png", "VideoUri": "video.mp4", "AudioUri": "audio.mp3", "HttpsUri": "any.png"}


def bodies(operation: Operation, spec: Spec) -> dict[str, dict[str, Any]]:
    """One for each variant of the operation's body, by the value that tells them apart."""
    match operation.body:
        case None:
            return {}
        case Variants(refs=refs):
            return {name: smallest({"$ref": ref}, spec) for name, ref in refs.items()}
        case str(ref):
            return {"": smallest({"$ref": ref}, spec)}


def smallest(schema: Schema, spec: Spec) -> Any:  # noqa: ANN401 (any JSON)
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in MEDIA:
        return f"https://media.example/{MEDIA[name]}"
    schema = spec.resolved(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return smallest(schema[union][0], spec)
    return _of_type(schema, spec)


def _of_type(schema: Schema, spec: Spec) -> Any:  # noqa: ANN401 (any JSON)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: smallest(properties[name], spec) for name in schema.get("required", [])}
        case "array":
            return [smallest(schema["items"], spec)] * int(schema.get("minItems", 0))
        case "string":
            return "x" * int(schema.get("minLength", 1))
        case "boolean":
            return False
        case _:
            return schema.get("minimum", 1)

"""The least value that a schema of a body allows, for tests that need a body of every variant."""

from tests.openapi.runway import IMAGE, SOUND, VIDEO, Json

_MEDIA = {"ImageUri": IMAGE, "VideoUri": VIDEO, "AudioUri": SOUND}
_SLUG = "cheap-video"  # fits every pattern that a required field has


def smallest_body(schema: Json) -> Json:
    """Only the required fields, each with its least value."""
    return {name: _smallest(schema["properties"][name]) for name in schema.get("required", [])}


def _smallest(schema: Json) -> object:  # noqa: PLR0911 - one line for each kind of schema
    match schema:
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"$ref": str(reference)}:
            return _MEDIA[reference.rsplit("/", 1)[1]]
        case {"anyOf": [first, *_]}:
            return _smallest(first)
        case {"type": "object"}:
            return smallest_body(schema)
        case {"type": "array"}:
            return [_smallest(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case {"type": "string"}:
            return _SLUG if "pattern" in schema else "a" * schema.get("minLength", 0)
        case _:
            return schema.get("minimum", 0)

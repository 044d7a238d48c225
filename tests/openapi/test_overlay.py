"""How the tables of the overlay find their place, and that one without a place is an error."""

import copy
from typing import Any

import pytest

from openapi.document import derived_document
from openapi.operations import sdk_operations
from openapi.overlay import StaleOverlayError, lay_over, located, read_tables, response_names
from openapi.schemas import Schema

TABLES = read_tables()
DERIVED = derived_document(sdk_operations(), response_names(TABLES))

SOUND: Schema = {"properties": {"type": {"const": "audio"}, "uri": {"type": "string"}}}
FILM: Schema = {"properties": {"type": {"const": "video"}, "uri": {"type": "string", "format": "uri"}}}
BODY: Schema = {
    "properties": {
        "media": {"anyOf": [SOUND, FILM]},
        "images": {"anyOf": [{"type": "string"}, {"type": "array", "items": FILM}]},
        "nodes": {"additionalProperties": {"additionalProperties": SOUND}},
    }
}


@pytest.mark.parametrize(("path", "found"), [
    ("media.uri", [{"type": "string"}, {"type": "string", "format": "uri"}]),
    ("media|audio.uri", [{"type": "string"}]),
    ("images[].uri", [{"type": "string", "format": "uri"}]),
    ("nodes.*.*.type", [{"const": "audio"}]),
    ("images[].age", []),
])  # fmt: skip
def test_a_path_finds_its_schemas_in_every_branch(path: str, found: list[Schema]) -> None:
    assert located(BODY, path) == found


@pytest.mark.parametrize("addition", [
    {"bodies": {"image_to_film": {"any": {}}}},
    {"bodies": {"image_to_video": {"gen3a_turbo": {}}}},
    {"bodies": {"image_to_video": {"gen4_turbo": {"mood": {"chars": "1..9"}}}}},
    {"bodies": {"image_to_video": {"gen4_turbo": {"ratio": {"chars": "1..9"}}}}},
    {"bodies": {"tasks_delete": {"any": {"self": {"keys": "strict"}}}}},
    {"schemas": {"Film": {"id": {"format": "uuid"}}}},
    {"parameters": {"tasks_retrieve": {"limit": {"range": "1..9"}}}},
    {"media": {"ImageUri": ["poster.uri"]}},
    {"operations": {"films_list": {"x-creates": "task"}}},
    {"errors": {"410": {"response": "NotFound", "at": ["films_list"]}}},
    {"examples": {"Film": {"first": {}}}},
])  # fmt: skip
def test_an_entry_that_matches_nothing_is_an_error(addition: dict[str, Any]) -> None:
    with pytest.raises(StaleOverlayError):
        lay_over(copy.deepcopy(DERIVED), TABLES | addition)


def test_an_answer_named_for_no_operation_is_an_error() -> None:
    with pytest.raises(StaleOverlayError):
        lay_over(copy.deepcopy(DERIVED), TABLES | {"names": {"Film": ["films_retrieve"]}})

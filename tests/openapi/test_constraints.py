"""The short words of the overlay."""

from typing import Any

import pytest

from openapi.constraints import constrain
from openapi.schemas import Schema


@pytest.mark.parametrize(("wanted", "keywords"), [
    ({"chars": "1..9"}, {"minLength": 1, "maxLength": 9, "x-utf16-max": 9}),
    ({"chars": "1.."}, {"minLength": 1}),
    ({"chars": "..9"}, {"maxLength": 9, "x-utf16-max": 9}),
    ({"pattern": "^a"}, {"pattern": "^a"}),
    ({"default": "a"}, {"default": "a"}),
    ({"chars": "1..", "assumed": True}, {"minLength": 1, "x-assumed": ["minLength"]}),
])  # fmt: skip
def test_a_word_on_a_string_stands_for_its_keywords(wanted: dict[str, Any], keywords: Schema) -> None:
    schema: Schema = {"type": "string"}

    assert constrain(schema, wanted)
    assert schema == {"type": "string"} | keywords


def test_a_range_may_have_fractions_and_negative_ends() -> None:
    speed: Schema = {"type": "number"}
    pitch: Schema = {"type": "integer"}

    constrain(speed, {"range": "0.7..1.2"})
    constrain(pitch, {"range": "-12..12"})

    assert (speed["minimum"], speed["maximum"]) == (0.7, 1.2)
    assert (pitch["minimum"], pitch["maximum"]) == (-12, 12)


def test_a_word_lands_on_the_branches_that_it_fits() -> None:
    schema: Schema = {"anyOf": [{"type": "integer"}, {"const": "auto"}]}

    assert constrain(schema, {"range": "4..15", "default": 5})
    assert schema["anyOf"][0] == {"type": "integer", "minimum": 4, "maximum": 15}
    assert schema["anyOf"][1] == {"const": "auto"}
    assert schema["default"] == 5


def test_a_word_that_fits_no_branch_is_told() -> None:
    assert not constrain({"type": "boolean"}, {"range": "1..2"})
    assert not constrain({"type": "string", "enum": ["a"]}, {"chars": "1..2"})


def test_a_string_that_names_media_becomes_a_reference() -> None:
    schema: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {}}]}

    constrain(schema, {"media": "ImageUri"})

    assert schema["anyOf"][0] == {"$ref": "#/components/schemas/ImageUri"}


@pytest.mark.parametrize(("wanted", "left"), [
    ({"keys": "open"}, {}),
    ({"keys": "strict"}, {"additionalProperties": False}),
    ({"keys": "strict", "assumed": True},
     {"additionalProperties": False, "x-assumed": ["additionalProperties"]}),
])  # fmt: skip
def test_what_is_known_of_unknown_keys_replaces_the_guess(wanted: dict[str, Any], left: Schema) -> None:
    schema: Schema = {"type": "object", "x-assumed": ["additionalProperties"]}

    constrain(schema, wanted)

    assert schema == {"type": "object"} | left

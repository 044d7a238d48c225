"""The kinds of types that the SDK uses, as JSON Schema."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal, Optional, Required, TypedDict

import pytest
from pydantic import BaseModel, Field
from runwayml._utils import PropertyInfo

from openapi.schemas import Schema, members, schema_of


class Frame(TypedDict, total=False):
    uri: Required[str]
    start_seconds: Annotated[float, PropertyInfo(alias="startSeconds")]
    the_end: Required[Annotated[bool, PropertyInfo(alias="theEnd")]]


class Cost(BaseModel):
    credits: int
    paid_at: datetime | None = Field(alias="paidAt", default=None)


STRING: Schema = {"type": "string"}
COST: Schema = {
    "type": "object",
    "properties": {
        "credits": {"type": "integer"},
        "paidAt": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    },
    "required": ["credits"],
}


@pytest.mark.parametrize(("annotation", "schema"), [
    (str, STRING),
    (float, {"type": "number"}),
    (object, {}),
    (Literal["mp4"], {"const": "mp4"}),
    (Literal["mp4", "mov"], {"type": "string", "enum": ["mp4", "mov"]}),
    (Literal[4, 6], {"type": "integer", "enum": [4, 6]}),
    (int | Literal["auto"], {"anyOf": [{"type": "integer"}, {"const": "auto"}]}),
    (Iterable[str], {"type": "array", "items": STRING}),
    (dict[str, list[str]], {"type": "object", "additionalProperties": {"type": "array", "items": STRING}}),
    (str | datetime, {"type": "string", "format": "date-time"}),
    (str | date, {"type": "string", "format": "date"}),
    (Optional[str], {"anyOf": [STRING, {"type": "null"}]}),  # noqa: UP045 - as the SDK writes it
    (str | None, {"anyOf": [STRING, {"type": "null"}]}),
    (str | Annotated[str, "again"], STRING),
    (Cost, COST),
])  # fmt: skip
def test_a_type_becomes_the_schema_of_its_json(annotation: object, schema: Schema) -> None:
    assert schema_of(annotation) == schema


def test_a_typed_dict_keeps_the_names_and_the_required_fields_of_the_api() -> None:
    schema = schema_of(Frame)

    assert list(schema["properties"]) == ["uri", "startSeconds", "theEnd"]
    assert schema["required"] == ["uri", "theEnd"]


def test_a_union_is_opened_through_its_annotations() -> None:
    assert members(Annotated[Frame | Annotated[Cost | int, "inner"], "outer"]) == [Frame, Cost, int]


def test_an_unknown_kind_of_type_is_an_error_not_a_gap() -> None:
    with pytest.raises(TypeError, match="no schema known"):
        schema_of(complex)

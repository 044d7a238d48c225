"""An operation as a part of the document."""

from typing import Literal, Required, TypedDict

import pytest
from msgspec.structs import replace
from pydantic import BaseModel

from openapi.document import derived_document
from openapi.operations import Operation
from openapi.schemas import Schema


class Short(TypedDict, total=False):
    model: Required[Literal["film_1.5"]]


class Long(TypedDict, total=False):
    model: Required[Literal["film_long"]]
    seed: int


class Page(TypedDict, total=False):
    limit: Required[int]
    cursor: str


class Film(BaseModel):
    id: str


CREATE = Operation(
    resource="film_maker",
    method="create",
    verb="post",
    path="/v1/film_maker",
    request=Short | Long,
    response=Film,
    is_paged=False,
    creates_task=True,
)


def described(operation: Operation, names: dict[str, str] | None = None) -> tuple[Schema, Schema]:
    document = derived_document([operation], names or {})
    return document["paths"][operation.path][operation.verb], document["components"]["schemas"]


def test_a_body_is_a_choice_of_one_component_for_each_model() -> None:
    entry, schemas = described(CREATE)

    body = entry["requestBody"]["content"]["application/json"]["schema"]
    assert body["discriminator"]["mapping"] == {
        "film_1.5": "#/components/schemas/FilmMakerFilm_1_5",
        "film_long": "#/components/schemas/FilmMakerFilmLong",
    }
    assert schemas["FilmMakerFilmLong"]["properties"] == {
        "model": {"const": "film_long"},
        "seed": {"type": "integer"},
    }


def test_an_only_model_is_a_choice_too() -> None:
    entry, _ = described(replace(CREATE, request=Short))

    assert len(entry["requestBody"]["content"]["application/json"]["schema"]["oneOf"]) == 1


def test_what_creates_a_task_is_called_after_its_path_and_marked() -> None:
    creating, _ = described(CREATE)
    reading, _ = described(replace(CREATE, creates_task=False))

    assert (creating["operationId"], creating["x-creates"]) == ("film_maker", "task")
    assert (reading["operationId"], reading.get("x-creates")) == ("film_maker_create", None)


def test_the_parameters_of_a_get_are_its_path_and_query() -> None:
    listing = replace(
        CREATE, verb="get", path="/v1/films/{id}/cuts", request=Page, is_paged=True, creates_task=False
    )

    entry, schemas = described(listing, {"film_maker_create": "FilmPage"})

    places = [(entry["name"], entry["in"], entry["required"]) for entry in entry["parameters"][1:]]
    assert places == [("id", "path", True), ("limit", "query", True), ("cursor", "query", False)]
    assert schemas["FilmPage"]["allOf"][0] == {"$ref": "#/components/schemas/Page"}


def test_an_operation_without_an_answer_answers_204() -> None:
    entry, _ = described(replace(CREATE, verb="delete", request=None, response=None, creates_task=False))

    assert set(entry["responses"]) == {"204"}
    assert "requestBody" not in entry


def test_bodies_that_nothing_tells_apart_are_an_error_not_a_loss() -> None:
    with pytest.raises(AssertionError, match="tells the bodies of film_maker apart"):
        described(replace(CREATE, request=Short | Page))


def test_one_name_for_different_answers_is_an_error() -> None:
    films = replace(CREATE, path="/v1/films", creates_task=False, method="list")
    other = replace(CREATE, path="/v1/others", creates_task=False, method="find", response=Short)

    with pytest.raises(AssertionError, match="two different things"):
        derived_document([films, other], {"film_maker_list": "Film", "film_maker_find": "Film"})

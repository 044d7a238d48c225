"""What the gateway reads from the description of Runway's API."""

from typing import Any

from gateway.catalogue.document import Document, Variant, read_document
from gateway.ports.catalogue import Access, Operation

DOCUMENT = read_document()


def test_there_are_the_operations_of_the_sdk() -> None:
    assert len(DOCUMENT.operations) == 66


def test_an_operation_is_known_by_name_method_and_path() -> None:
    assert Operation("tasks_retrieve", "GET", "/v1/tasks/{id}", Access.OWN_TASK) in DOCUMENT.operations


def test_a_body_is_chosen_by_its_model() -> None:
    shape = DOCUMENT.bodies["image_to_video"]

    assert shape.chooser == "model"
    assert variant("image_to_video", {"model": "gen4_turbo"}).schema == "ImageToVideoGen4Turbo"
    assert shape.variant_of({"model": "gen3a_turbo"}) is None
    assert shape.variant_of({"model": ["gen4_turbo"]}) is None
    assert shape.variant_of({}) is None


def test_a_recipe_may_be_chosen_by_its_mode_and_has_no_model() -> None:
    shape = DOCUMENT.bodies["recipes_multi_shot_video"]

    assert shape.chooser == "mode"
    assert shape.models == frozenset()


def test_a_body_with_one_shape_is_always_that_one() -> None:
    assert variant("recipes_ad_localization", {"model": "gen4_turbo"}).schema == "RecipesAdLocalizationBody"


def test_documented_defaults_are_known() -> None:
    assert variant("text_to_video", {"model": "veo3.1"}).defaults["audio"] is True
    assert "seed" not in variant("text_to_video", {"model": "veo3.1"}).defaults


def test_only_a_documented_open_body_ignores_other_keys() -> None:
    assert variant("image_to_video", {"model": "gen4_turbo"}).ignores_others
    assert not variant("image_to_video", {"model": "seedance2"}).ignores_others, "strict"
    assert not variant("image_to_video", {"model": "wan3"}).ignores_others, "assumed open"


def test_operations_without_a_json_body_have_no_shape() -> None:
    assert "tasks_retrieve" not in DOCUMENT.bodies


def test_documents_are_values() -> None:
    assert read_document() == DOCUMENT
    assert isinstance(DOCUMENT, Document)


def variant(operation: str, body: dict[str, Any]) -> Variant:
    found = DOCUMENT.bodies[operation].variant_of(body)
    assert found is not None
    return found

"""The catalogue as flows and web use it."""

import timeit
from typing import Any

import pytest

from gateway.catalogue.catalogue import load_catalogue
from gateway.ports.catalogue import Access, Catalogue

CATALOGUE: Catalogue = load_catalogue()
BODY: dict[str, Any] = {
    "model": "gen4_turbo",
    "promptText": "a cat walks",
    "promptImage": "https://example.com/cat.png",
    "ratio": "1280:720",
    "duration": 5,
    "seed": 7,
}

SEEDED = {
    "image_to_video": {
        *("gen4.5", "gen4_turbo", "veo3.1", "veo3.1_fast", "h3_max"),
        *("seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5"),
    },
    "text_to_video": {
        *("gen4.5", "veo3.1", "veo3.1_fast", "h3_max"),
        *("seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5"),
    },
    "video_to_video": {"aleph2", "seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5"},
    "text_to_image": {
        *("gen4_image", "gen4_image_turbo", "bria_fibo_1_5", "bria_fibo_edit_1_5", "recraft_v4_1_flash"),
    },
    "character_performance": {"act_two"},
    "text_to_speech": {"eleven_v3", "eleven_v4"},
    "sound_effect": {"mirelo_sfx_2_0"},
    "video_to_audio": {"mirelo_sfx_2_0"},
}


def test_a_typical_create_is_found_accepted_and_priced() -> None:
    operation = CATALOGUE.find("POST", "/v1/image_to_video")

    assert operation is not None
    assert operation.access is Access.CREATE
    assert CATALOGUE.problems(operation.name, BODY) == ()
    assert CATALOGUE.price(operation.name, BODY).credits == 25_000


def test_paths_methods_and_names_lead_to_each_other() -> None:
    assert CATALOGUE.path_of("tasks_retrieve") == "/v1/tasks/{id}"
    assert CATALOGUE.methods_of("/v1/tasks/a") == {"GET", "DELETE"}


def test_the_models_that_honour_a_seed_are_the_documented_ones() -> None:
    honoured: dict[str, set[str]] = {}
    for operation in ("image_upscale", "video_to_hdr", "recipes_product_ad", "generate_video", *SEEDED):
        for model in CATALOGUE.models():
            if CATALOGUE.honours_seed(operation, model):
                honoured.setdefault(operation, set()).add(model)

    assert honoured == SEEDED


def test_a_recipe_is_its_own_model_whatever_its_body_says() -> None:
    assert CATALOGUE.model_of("image_to_video", BODY) == "gen4_turbo"
    assert CATALOGUE.model_of("recipes_product_ad", {"model": "gen4_turbo"}) == "recipes_product_ad"
    assert CATALOGUE.model_of("recipes_product_ad", {"model": ["gen4_turbo"]}) == "recipes_product_ad"
    assert CATALOGUE.model_of("recipes_multi_shot_video", {"mode": "auto"}) == "recipes_multi_shot_video"


def test_every_name_that_a_model_can_have_is_listed() -> None:
    assert {"gen4_turbo", "ruby", "recipes_product_ad", "generate_video"} <= CATALOGUE.models()
    assert not {"image_to_video", "workflows_run", "gen3a_turbo", "auto"} & CATALOGUE.models()


def test_a_recipe_is_priced_by_its_operation_whatever_its_body_says() -> None:
    assert CATALOGUE.price("recipes_ad_localization", {"model": "gen4_turbo"}).credits == 21_000


def test_what_an_open_body_adds_makes_no_other_request() -> None:
    assert identity(comment="mine") == identity()


def test_what_runway_may_read_makes_another_request() -> None:
    wan = {"model": "wan3", "promptText": "a cat"}

    plain = CATALOGUE.identity("text_to_video", wan)

    assert CATALOGUE.identity("text_to_video", wan | {"style": "noir"}) != plain


def test_a_documented_default_makes_no_other_request() -> None:
    veo = {"model": "veo3.1", "promptText": "a cat", "ratio": "1280:720", "seed": 7}

    assert CATALOGUE.identity("text_to_video", veo) == CATALOGUE.identity(
        "text_to_video", veo | {"audio": True}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"promptText": "a dog walks"},
        {"ratio": "720:1280"},
        {"duration": 6},
        {"promptImage": "https://example.com/dog.png"},
        {"contentModeration": {"publicFigureThreshold": "low"}},
    ],
)
def test_every_documented_parameter_makes_another_request(change: dict[str, Any]) -> None:
    assert identity(**change) != identity()


def test_a_create_costs_the_catalogue_far_less_than_a_millisecond() -> None:
    def ask() -> None:
        CATALOGUE.find("POST", "/v1/image_to_video")
        CATALOGUE.problems("image_to_video", BODY)
        CATALOGUE.price("image_to_video", BODY)
        CATALOGUE.identity("image_to_video", BODY)

    fastest = min(timeit.repeat(ask, number=200, repeat=5)) / 200

    assert fastest < 0.0005


def identity(**changes: object) -> bytes:
    return CATALOGUE.identity("image_to_video", BODY | changes)

"""Which requests share a price that turned out higher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.repricing import price_identity
from gateway.rules.sameness import canonical

BODY: dict[str, object] = {
    "model": "gen4_turbo",
    "promptText": "a fox in the snow",
    "promptImage": "https://example.com/fox.png",
    "ratio": "1280:720",
    "duration": 5,
    "seed": 7,
}


def of(operation: str, body: dict[str, object]) -> str:
    return price_identity(operation, canonical(body, defaults={}))


def identity(**changed: object) -> str:
    return of("image_to_video", {**BODY, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 8},
        {"promptText": "another animal altogether, and a much longer text than the first one was"},
        {"promptImage": "data:image/png;base64," + "iVBORw0KGgo" * 20},
        {"promptImage": "runway://upload/7c3a"},
        {"promptImage": [{"uri": "https://example.com/fox.png", "position": "first"}]},
        {"promptText": "fox"},
        {"duration": 5.0},
    ],
)
def test_words_media_and_seed_share_a_price(changed: dict[str, object]) -> None:
    assert identity(**changed) == identity()


@pytest.mark.parametrize(
    "changed",
    [
        {"duration": 10},
        {"ratio": "720:1280"},
        {"model": "gen4.5"},
        {"audio": True},
        {"references": [{"uri": "https://example.com/1.png"}, {"uri": "https://example.com/2.png"}]},
    ],
)
def test_settings_and_counts_have_prices_of_their_own(changed: dict[str, object]) -> None:
    assert identity(**changed) != identity()


def test_the_number_of_references_counts_but_not_which() -> None:
    def referring(*names: str) -> str:
        return identity(references=[{"uri": f"https://example.com/{name}.png"} for name in names])

    assert referring("a", "b") == referring("c", "d")
    assert referring("a", "b") != referring("a")


def test_the_same_body_of_another_operation_has_a_price_of_its_own() -> None:
    assert of("text_to_video", BODY) != identity()


def test_speech_is_priced_by_every_50_characters() -> None:
    def spoken(characters: int) -> str:
        return of("text_to_speech", {"promptText": "hello " * 20 + "." * (characters - 120)})

    assert spoken(151) == spoken(200)
    assert spoken(200) != spoken(201)


@given(st.permutations(list(BODY)))
def test_the_order_of_fields_says_nothing(names: list[str]) -> None:
    assert of("image_to_video", {name: BODY[name] for name in names}) == identity()

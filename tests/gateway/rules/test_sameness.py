"""Which requests are the same."""

import base64
import textwrap
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.rules.sameness import canonical, fingerprint

BODY: dict[str, object] = {"model": "gen4_turbo", "promptText": "a cat", "ratio": "1280:720", "seed": 7}

texts = st.text(max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
bodies = st.dictionaries(texts, values, max_size=6)


@given(bodies, st.randoms(use_true_random=False))
def test_the_order_of_keys_says_nothing(body: dict[str, Any], random: Random) -> None:
    keys = list(body)
    random.shuffle(keys)

    assert same(body, {key: body[key] for key in keys})


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_another_seed_is_another_request(seed: int, other: int) -> None:
    assume(seed != other)

    assert not same(BODY | {"seed": seed}, BODY | {"seed": other})


@given(bodies, texts, values)
def test_any_other_value_is_another_request(body: dict[str, Any], key: str, value: object) -> None:
    assume(key not in body)

    assert not same(body, body | {key: value})


def test_a_whole_number_is_the_same_with_and_without_a_point() -> None:
    assert same({"duration": 5}, {"duration": 5.0})
    assert not same({"duration": 5}, {"duration": 5.5})


def test_a_switch_is_no_number() -> None:
    assert not same({"audio": True}, {"audio": 1})


def test_whole_numbers_beyond_the_exact_range_of_floats_stay_apart() -> None:
    assert not same({"seed": 2**53 + 1}, {"seed": float(2**53)})


def test_an_absent_field_is_the_same_as_its_documented_default() -> None:
    assert canonical({"seed": 1}, defaults={"audio": True}) == canonical(
        {"seed": 1, "audio": True}, defaults={}
    )


def test_a_given_field_goes_before_its_default() -> None:
    assert canonical({"audio": False}, defaults={"audio": True}) == canonical({"audio": False}, defaults={})


def test_fields_that_runway_ignores_say_nothing() -> None:
    with_comment = BODY | {"comment": "for the client"}

    assert canonical(with_comment, known=BODY.keys(), defaults={}) == canonical(BODY, defaults={})


def test_a_less_strict_moderation_is_another_request() -> None:
    assert not same(BODY, BODY | {"contentModeration": {"publicFigureThreshold": "low"}})


@given(st.binary(max_size=200), st.integers(min_value=4, max_value=80))
def test_media_are_the_same_however_their_base64_is_broken_into_lines(content: bytes, width: int) -> None:
    digits = base64.b64encode(content).decode()
    broken = "\r\n".join(textwrap.wrap(digits, width))

    assert same(image(digits), image(broken))
    assert same(image(digits), image(digits.rstrip("=")))


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_media_with_other_content_are_another_request(content: bytes, other: bytes) -> None:
    assume(content != other)

    assert not same(image(base64.b64encode(content).decode()), image(base64.b64encode(other).decode()))


@pytest.mark.parametrize(
    "uri", ["data:image/PNG;base64,aGk=", "DATA:image/png;base64,aGk=", "data:image/png;BASE64,aGk="]
)
def test_the_spelling_of_a_media_type_says_nothing(uri: str) -> None:
    assert same({"promptImage": uri}, image("aGk="))


def test_another_media_type_is_another_request() -> None:
    assert not same({"promptImage": "data:image/jpeg;base64,aGk="}, image("aGk="))


def test_media_inside_lists_are_compared_by_content_too() -> None:
    listed = {"promptImage": [{"uri": "data:image/png;base64,aGk=", "position": "first"}]}
    broken = {"promptImage": [{"uri": "data:image/png;base64,a\nGk", "position": "first"}]}

    assert same(listed, broken)


@pytest.mark.parametrize("uri", ["data:image/png,raw", "data:image/png;base64,%%%", "data:", "data:;base64"])
def test_what_is_no_base64_stays_as_it_is(uri: str) -> None:
    assert uri in canonical({"uri": uri}, defaults={}).decode()


def test_no_text_can_pretend_to_be_the_hash_of_media() -> None:
    pretender = canonical(image("aGk="), defaults={}).decode()

    assert not same({"promptImage": pretender}, image("aGk="))


def test_media_do_not_stand_in_the_canonical_form() -> None:
    digits = base64.b64encode(b"secret" * 1000).decode()

    assert len(canonical(image(digits), defaults={})) < 200


def test_a_fingerprint_is_a_hash_in_hexadecimal_digits() -> None:
    name = fingerprint("organisation", "image_to_video", model="gen4_turbo", identity=b"{}")

    assert len(name) == 64
    assert set(name) <= set("0123456789abcdef")


def test_scope_operation_and_model_keep_fingerprints_apart() -> None:
    names = {
        fingerprint(scope, operation, model=model, identity=b"{}")
        for scope in ("organisation", "team/ads")
        for operation in ("image_to_video", "text_to_video")
        for model in ("gen4.5", "gen4_turbo")
    }

    assert len(names) == 8


def test_no_part_of_a_fingerprint_runs_into_the_next() -> None:
    assert fingerprint("a", "bc", model="d", identity=b"") != fingerprint("ab", "c", model="d", identity=b"")


def image(digits: str) -> dict[str, object]:
    return {"promptImage": f"data:image/png;base64,{digits}"}


def same(body: dict[str, Any], other: dict[str, Any]) -> bool:
    return canonical(body, defaults={}) == canonical(other, defaults={})

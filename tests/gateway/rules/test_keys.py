"""Secrets of virtual keys: found by scanners, told apart from mistyped ones without a look-up."""

import re
from collections.abc import Callable
from string import ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.keys import PREFIX, RANDOM_BYTES, fingerprint_of, is_well_formed, make_secret

SECRET = make_secret(lambda count: bytes(range(count)))
ALPHABET = ascii_lowercase + digits + "_A"

secrets = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES).map(
    lambda drawn: make_secret(always(drawn))
)


def always(drawn: bytes) -> Callable[[int], bytes]:
    return lambda count: drawn[:count]


def test_a_secret_has_a_prefix_240_random_bits_and_a_checksum() -> None:
    assert re.fullmatch(r"rwgw_[a-z2-7]{48}[0-9a-f]{8}", SECRET)
    assert RANDOM_BYTES * 8 == 240


def test_different_random_bytes_make_different_secrets() -> None:
    assert make_secret(always(b"a" * 30)) != make_secret(always(b"b" * 30))


@given(secrets)
def test_a_secret_that_was_made_here_is_well_formed(secret: str) -> None:
    assert is_well_formed(secret)


@pytest.mark.parametrize("place", range(len(SECRET)))
def test_any_single_changed_character_is_caught(place: int) -> None:
    mistyped = [SECRET[:place] + letter + SECRET[place + 1 :] for letter in ALPHABET]

    well_formed = [secret for secret in mistyped if is_well_formed(secret)]

    assert set(well_formed) <= {SECRET}


@given(secrets, st.integers(min_value=0, max_value=len(SECRET) - 1), st.characters())
def test_any_other_character_is_caught_too(secret: str, place: int, letter: str) -> None:
    mistyped = secret[:place] + letter + secret[place + 1 :]

    assert is_well_formed(mistyped) is (mistyped == secret)


@pytest.mark.parametrize("place", range(len(PREFIX), len(SECRET) - 1))
def test_two_swapped_characters_are_caught(place: int) -> None:
    first, second = SECRET[place], SECRET[place + 1]

    swapped = SECRET[:place] + second + first + SECRET[place + 2 :]

    assert is_well_formed(swapped) is (first == second)


@given(st.text() | st.text().map(PREFIX.__add__))
def test_any_text_may_be_looked_at(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize("cut", [SECRET[:-1], SECRET[1:], SECRET + "0", SECRET.upper(), f" {SECRET}", ""])
def test_a_secret_that_was_not_copied_whole_is_caught(cut: str) -> None:
    assert not is_well_formed(cut)


def test_a_secret_is_stored_as_a_hash_that_does_not_hold_it() -> None:
    hashed = fingerprint_of(SECRET)

    assert re.fullmatch(r"[0-9a-f]{64}", hashed)
    assert SECRET[len(PREFIX) :] not in hashed

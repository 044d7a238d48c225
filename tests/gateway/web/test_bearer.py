"""Secrets in headers."""

import pytest

from gateway.rules.refusals import Unauthenticated
from gateway.web.bearer import SECRET_BYTES_MAX, AdminKeys, bearer


@pytest.mark.parametrize(
    "header", [b"Bearer rwgw_abc", b"bearer rwgw_abc", b"BEARER  rwgw_abc", b"Bearer rwgw_abc  "]
)
def test_a_secret_is_taken_from_a_bearer_header(header: bytes) -> None:
    assert bearer({b"authorization": header}) == "rwgw_abc"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer    ",
        b"rwgw_abc",
        b"Basic cndnd19hYmM6",
        b"Bearerrwgw_abc",
        b" Bearer rwgw_abc",
        b"Bearer rwgw_\xe4",
        b"Bearer " + b"a" * (SECRET_BYTES_MAX + 1),
    ],
)
def test_a_header_without_a_secret_is_refused(header: bytes) -> None:
    with pytest.raises(Unauthenticated):
        bearer({b"authorization": header})


def test_a_request_without_the_header_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        bearer({})


def test_any_of_the_administrators_keys_is_accepted() -> None:
    keys = AdminKeys("one", "other")

    assert keys.accepts("one")
    assert keys.accepts("other")


@pytest.mark.parametrize("secret", ["", "on", "one ", "ONE", "oneother"])
def test_any_other_secret_is_not(secret: str) -> None:
    assert not AdminKeys("one", "other").accepts(secret)


def test_without_a_key_nobody_is_an_administrator() -> None:
    assert not AdminKeys().accepts("")


def test_keys_are_held_as_hashes() -> None:
    assert b"very-secret" not in repr(vars(AdminKeys("very-secret"))).encode()

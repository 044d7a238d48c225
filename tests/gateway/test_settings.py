"""Settings that cannot be right are refused with words that help."""

import pytest

from gateway.settings import ADMIN_KEY_LENGTH_MAX, ADMIN_KEY_LENGTH_MIN, WrongSettings, load

LONGEST = "k" * ADMIN_KEY_LENGTH_MAX


@pytest.mark.parametrize("key", ["k" * ADMIN_KEY_LENGTH_MIN, LONGEST, "rwadm_" + "0f" * 32])
def test_a_long_admin_key_is_taken(key: str) -> None:
    assert load(None, {"GATEWAY_ADMIN_KEY": key}).admin.key == key


def test_without_an_admin_key_one_is_made() -> None:
    assert load(None, {"GATEWAY_ADMIN_KEY": ""}).admin.key == ""


@pytest.mark.parametrize("variable", ["GATEWAY_ADMIN_KEY", "GATEWAY__ADMIN__KEY"])
@pytest.mark.parametrize("key", ["secret", "k" * (ADMIN_KEY_LENGTH_MIN - 1), LONGEST + "k"])
def test_an_admin_key_of_another_length_is_refused(variable: str, key: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        load(None, {variable: key})

    assert "32 to 512 characters" in str(refused.value)
    assert key not in str(refused.value)


@pytest.mark.parametrize("odd", [" ", "\n", "\x7f", "\u00e9", "\udcff"])
def test_an_admin_key_that_no_request_can_carry_is_refused(odd: str) -> None:
    with pytest.raises(WrongSettings, match="printable ASCII characters without spaces"):
        load(None, {"GATEWAY_ADMIN_KEY": f"{odd}canary".rjust(ADMIN_KEY_LENGTH_MIN, "k")})

"""Credits as whole numbers of thousandths."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.credits import CREDITS_MAX, shown, to_credits

thousandths = st.integers(min_value=0, max_value=CREDITS_MAX)


@pytest.mark.parametrize(
    ("amount", "credits"),
    [
        (0, 0),
        (25, 25_000),
        (0.25, 250),
        ("6.8", 6_800),
        (Decimal("0.0001"), 1),
        (0.1 + 0.2, 301),  # 0.30000000000000004 is more than 0.3
        (1e-9, 1),
        (10**12, CREDITS_MAX),
    ],
)
def test_an_amount_becomes_thousandths_rounded_up(amount: float | str | Decimal, credits: int) -> None:
    assert to_credits(amount) == credits


@pytest.mark.parametrize(
    "amount", [-1, -0.001, float("inf"), float("nan"), 10**12 + 1, 1e300, "NaN", "Infinity"]
)
def test_what_is_no_amount_of_credits_is_refused(amount: float | str) -> None:
    with pytest.raises(ValueError, match="is not an amount of credits"):
        to_credits(amount)


@given(thousandths)
def test_what_is_shown_reads_back_as_the_same_amount(amount: int) -> None:
    assert to_credits(shown(amount)) == amount


@given(st.decimals(min_value=0, max_value=10**9, places=9))
def test_no_amount_is_ever_rounded_down_or_up_by_a_thousandth(amount: Decimal) -> None:
    assert 0 <= to_credits(amount) - amount * 1000 < 1


def test_whole_credits_are_shown_without_a_point() -> None:
    assert (shown(25_000), shown(0), shown(-2_000)) == (25, 0, -2)
    assert isinstance(shown(25_000), int)
    assert shown(250) == 0.25

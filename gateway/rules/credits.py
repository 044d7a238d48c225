"""Credits, Runway's money: integers of 1/1000, never floats."""

from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import NewType

Credits = NewType("Credits", int)
"""Thousandths of a Runway credit (1 credit = US$0.01)."""

ZERO = Credits(0)
CREDITS_MAX = Credits(10**15)
"""Far above any bill, far below 2**53: every store and Lua's doubles hold it exactly."""


@lru_cache(maxsize=1_000)
def to_credits(amount: float | str | Decimal) -> Credits:
    """Turn an amount of whole credits as JSON gives it into thousandths, rounded up.

    Raises ValueError when it is negative, not a number, or above `CREDITS_MAX`.
    """
    exact = Decimal(str(amount))
    if not exact.is_finite() or exact < 0 or exact * 1000 > CREDITS_MAX:
        raise ValueError(f"{amount} is not an amount of credits")
    return Credits(int((exact * 1000).to_integral_value(ROUND_CEILING)))


def shown(amount: int) -> int | float:
    """Turn thousandths into whole credits as JSON shows them."""
    whole, rest = divmod(amount, 1000)
    return whole if rest == 0 else amount / 1000

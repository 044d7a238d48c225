"""Credits as integers of 1/1000, and as the numbers that Runway's JSON shows."""

from typing import NewType

Credits = NewType("Credits", int)
"""Thousandths of a credit."""

THOUSANDTHS = 1000
NONE = Credits(0)


def credits_of(number: float) -> Credits:
    """From a number of whole credits."""
    return Credits(round(number * THOUSANDTHS))


def shown(amount: Credits) -> int | float:
    """As JSON shows it: a whole number wherever it is one."""
    return amount // THOUSANDTHS if amount % THOUSANDTHS == 0 else amount / THOUSANDTHS

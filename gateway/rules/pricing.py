"""The most that a request may cost, worked out from a price sheet and the body of the request."""

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from msgspec import Struct

from gateway.rules.credits import CREDITS_MAX, Credits, to_credits

SIZES: dict[str, int] = {
    "480p": 500_000,
    "720p": 1_000_000,
    "1k": 1_700_000,
    "1080p": 2_200_000,
    "2k": 6_000_000,
    "4k": 200_000_000,
}
"""The most pixels that a `ratio` of that size has, smallest first. Runway publishes prices by size and ratios
by pixels; these bounds fall into the gaps between the ratios it accepts."""

SECONDS_MAX = 10**9
"""Beyond any duration; a body may hold any number."""

Body = Mapping[str, object]


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """A rate that depends on a field of the body.

    `rates` is asked for the value itself (in lower case), then for its size: `auto_720p` is 720p, `1280:720`
    the first size that holds its pixels. What it does not know costs `otherwise`, or as much as the dearest;
    so does an absent field without a `default`.
    """

    by: str
    rates: dict[str, "Rate"]
    default: str | None = None
    otherwise: "Rate | None" = None


Rate = int | float | Choice
"""Credits, in whole or parts, as Runway publishes them."""


class Number(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="number"):
    """A field that holds a number; `default` when it is absent, `most` for what nobody knows yet ("auto").

    Where `unless` names a field that the body has, the number does not count and `most` stands.
    """

    field: str
    most: int
    default: int | None = None
    unless: str | None = None


class Items(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="items"):
    """How many entries a list has; a single value in its place is one."""

    field: str


class Characters(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="characters"):
    """Every `each` characters of a text, begun ones too."""

    field: str
    each: int


class Unmeasured(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="unmeasured"):
    """The length or size of an input that the gateway does not open: the most that Runway accepts."""

    most: int


Amount = Number | Items | Characters | Unmeasured


class Charge(Struct, frozen=True, forbid_unknown_fields=True):
    """A rate times amounts.

    With `given` it counts only for a body that has that field, neither empty nor false; with `missing`, only
    for one that has not.
    """

    rate: Rate
    times: tuple[Amount, ...] = ()
    given: str | None = None
    missing: str | None = None


class PriceSheet(Struct, frozen=True, forbid_unknown_fields=True):
    """What a model charges for: the sum of the charges, at least `minimum` credits."""

    charges: tuple[Charge, ...]
    minimum: int = 1
    assumed: bool = False


def most_credits(sheet: PriceSheet, body: Body) -> Credits:
    """Work out the most that a valid body may cost.

    Rounded up to whole credits, because Runway charges whole ones (`cost.credits` is an integer).
    """
    total = sum(_cost(charge, body) for charge in sheet.charges if _counts(charge, body))
    whole = -(-total // 1000)
    return Credits(min(max(whole, sheet.minimum) * 1000, CREDITS_MAX))


def priced_seconds(sheet: PriceSheet, body: Body) -> float | None:
    """Tell the duration that `most_credits` reckons with, given or not; None where none is asked for."""
    lengths = [
        _number(amount, body)
        for charge in sheet.charges
        if _counts(charge, body)
        for amount in charge.times
        if isinstance(amount, Number) and amount.field.rpartition(".")[2] == "duration"
    ]
    return float(min(max(lengths), SECONDS_MAX)) if lengths else None


def _counts(charge: Charge, body: Body) -> bool:
    if charge.given is not None and not _field(charge.given, body):
        return False
    return charge.missing is None or not _field(charge.missing, body)


def _cost(charge: Charge, body: Body) -> int | Fraction:
    cost: int | Fraction = _rate(charge.rate, body)
    for amount in charge.times:
        cost *= _amount(amount, body)
    return cost


def _rate(rate: Rate, body: Body) -> Credits:
    if not isinstance(rate, Choice):
        return to_credits(rate)
    value = _field(rate.by, body)
    chosen = _chosen(rate, rate.default if value is None else str(value).lower())
    if chosen is not None:
        return _rate(chosen, body)
    return max(_rate(each, body) for each in rate.rates.values())


def _chosen(choice: Choice, value: str | None) -> Rate | None:
    if value is None:
        return choice.otherwise
    rates, size = choice.rates, value.removeprefix("auto_")
    for name in (value, size, _size(value, rates)):
        if name in rates:
            return rates[name]
    return choice.otherwise


def _size(ratio: str, rates: Mapping[str, Rate]) -> str:
    width, _, height = ratio.partition(":")
    if not (width.isdecimal() and height.isdecimal()):
        return ""
    pixels = int(width) * int(height)
    return next((size for size, most in SIZES.items() if size in rates and pixels <= most), "")


def _amount(amount: Amount, body: Body) -> int | Fraction:
    match amount:
        case Number():
            return _number(amount, body)
        case Items(field):
            return _count(_field(field, body))
        case Characters(field, each):
            return -(-_utf16_units(_field(field, body)) // each)
        case Unmeasured(most):
            return most
        case _:
            assert_never(amount)


def _number(amount: Number, body: Body) -> int | Fraction:
    if amount.unless is not None and _field(amount.unless, body):
        return amount.most
    match _field(amount.field, body):
        case None:
            return amount.most if amount.default is None else amount.default
        case int(value):
            return max(value, 0)
        case float(value):
            return max(Fraction(str(value)), Fraction(0))
        case _:
            return amount.most


def _count(value: object) -> int:
    if isinstance(value, list | tuple):
        return len(value)
    return 0 if value is None else 1


def _utf16_units(text: object) -> int:
    """Runway counts the length of texts in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0


def _field(path: str, body: Body) -> object:
    """Find the value at a path such as `input.resolution`; None when the body has none there."""
    value: object = body
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value

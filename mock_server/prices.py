"""What a request costs: `prices.toml`, read by a small interpreter. Amounts are integers of 1/1000 credit."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Literal, assert_never

import msgspec

from mock_server import extents
from mock_server.extents import Extent
from mock_server.model_table import Body, ModelTable, Row, entries, field, read

MILLICREDITS = 1000
SIZE = "size"
REST = "*"
INPUT_SECONDS_MIN = Decimal(2)

Unit = Literal["second", "output", "frame", "input_second", "item", "loose_item", "character"]
Rate = Decimal | Mapping[str, Decimal | Mapping[str, Decimal]]


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One addend of a price: a rate times the product of its units.

    A rate that is a table is looked up by the fields in `by` (`size` stands for the size of the output). `of`
    says where the unit is counted; `block` bills started blocks of that many; `cap` is the most that counts.
    """

    credits: Rate
    by: tuple[str, ...] = ()
    per: tuple[Unit, ...] = ()
    of: tuple[str, ...] = ()
    block: Decimal | None = None
    cap: Decimal = Decimal("Infinity")


class Price(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sum of its terms, at least `minimum` credits.

    `defaults` are the values of fields that are not given, `sizes` ratios whose pixels mislead.
    `assumed` marks a figure that Runway has not published.
    """

    terms: tuple[Term, ...]
    minimum: Decimal = Decimal(0)
    defaults: dict[str, str | bool] = msgspec.field(default_factory=dict)
    sizes: dict[str, str] = msgspec.field(default_factory=dict)
    assumed: bool = False


class PriceTable:
    """Prices by operation and model; `NoRowError` for a request of which it knows none."""

    def __init__(self, prices: ModelTable[Price], sizes: Mapping[str, Decimal]) -> None:
        self._prices = prices
        self._sizes = sizes

    def covers(self, operation: str, model: str | None) -> bool:
        return self._prices.covers(operation, model)

    def is_assumed(self, operation: str, body: Body) -> bool:
        return self._prices.find(operation, body).assumed

    def estimate(self, operation: str, body: Body) -> int:
        """The most that a create may cost, in 1/1000 credits."""
        return self._price(operation, body, imagine=False)

    def final(self, operation: str, body: Body) -> int:
        """What the task costs when it succeeds, in 1/1000 credits; never more than the estimate."""
        return self._price(operation, body, imagine=True)

    def _price(self, operation: str, body: Body, *, imagine: bool) -> int:
        price = self._prices.find(operation, body)
        extent = (extents.imagined if imagine else extents.ceiling)(operation, body)
        total = _total(self._amount(term, price, extent, body, imagine=imagine) for term in price.terms)
        return int(max(total, price.minimum).to_integral_value(ROUND_CEILING)) * MILLICREDITS

    def _amount(self, term: Term, price: Price, extent: Extent, body: Body, *, imagine: bool) -> Decimal:
        amount = self._rate(term, price, extent, body)
        for unit in term.per:
            amount *= _quantity(unit, term, extent, body, imagine=imagine)
        return amount

    def _rate(self, term: Term, price: Price, extent: Extent, body: Body) -> Decimal:
        rate: Rate = term.credits
        for name in term.by:
            if isinstance(rate, Decimal):
                break
            key = self._size_name(extent, price, rate) if name == SIZE else _key(body, name, price)
            rate = next(rate[known] for known in (key, REST, *reversed(list(rate))) if known in rate)
        assert isinstance(rate, Decimal), f"{term.by} leave open a rate of {price.operations} {price.models}"
        return rate

    def _size_name(self, extent: Extent, price: Price, rates: Mapping[str, object]) -> str:
        """The smallest priced size that holds the output; the largest when none does."""
        named = price.sizes.get(f"{extent.width}:{extent.height}")
        if named:
            return named
        priced = [name for name in self._sizes if name in rates]
        return next((name for name in priced if extent.pixels <= self._sizes[name]), priced[-1])


def load() -> PriceTable:
    """The table of the mock server's own `prices.toml`."""
    content = read("prices.toml")
    prices = msgspec.convert(content["price"], list[Price])
    return PriceTable(ModelTable(prices), msgspec.convert(content["size"], dict[str, Decimal]))


def _key(body: Body, name: str, price: Price) -> str:
    value = field(body, name)
    if value is None:
        value = price.defaults.get(name, REST)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).lower()


def _quantity(unit: Unit, term: Term, extent: Extent, body: Body, *, imagine: bool) -> Decimal:
    counted = min(_count(unit, term, extent, body, imagine=imagine), term.cap)
    if term.block is None:
        return counted
    return (counted / term.block).to_integral_value(ROUND_CEILING)


def _count(unit: Unit, term: Term, extent: Extent, body: Body, *, imagine: bool) -> Decimal:
    counted = [entry for path in term.of for entry in entries(body, path)]
    match unit:
        case "second":
            count = extent.seconds
        case "output":
            count = Decimal(extent.outputs)
        case "frame":
            count = extent.seconds * extent.frame_rate
        case "input_second":
            count = _total(_input_seconds(medium, term, imagine=imagine) for medium in counted)
        case "item":
            count = Decimal(len(counted))
        case "loose_item":
            count = Decimal(sum(_is_loose(entry) for entry in counted))
        case "character":
            count = Decimal(sum(_utf16_units(text) for text in counted))
        case _:
            assert_never(unit)
    return count


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _input_seconds(medium: object, term: Term, *, imagine: bool) -> Decimal:
    return extents.imagined_seconds(_uri(medium), INPUT_SECONDS_MIN, term.cap) if imagine else term.cap


def _uri(medium: object) -> object:
    return field(medium, "uri") or medium


def _is_loose(entry: object) -> bool:
    """Whether a prompt image is a reference, not a frame at a position."""
    return isinstance(entry, Mapping) and "position" not in entry


def _utf16_units(text: object) -> int:
    """Runway counts characters as JavaScript does."""
    return len(str(text).encode("utf-16-le")) // 2

"""Reads prices.toml and tells what a request may cost at most."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.ports.catalogue import Body, Price
from gateway.rules.pricing import PriceSheet, most_credits, priced_seconds

PRICES = Path(__file__).with_name("prices.toml")


class _Entry(PriceSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[prices]]` of the file: a price sheet and what it holds for. Some operations have no models."""

    operations: tuple[str, ...]
    models: tuple[str | None, ...] = (None,)


class PriceBook(Struct, frozen=True):
    """A price sheet for every operation and model."""

    sheets: Mapping[tuple[str, str | None], PriceSheet]

    def price(self, operation: str, model: str | None, *, body: Body) -> Price:
        sheet = self.sheets[operation, model]
        return Price(most_credits(sheet, body), sheet.assumed, priced_seconds(sheet, body))


def read_prices(file: Path = PRICES) -> PriceBook:
    """Read the price book that the package carries.

    Raises ValueError when an entry makes no sense or two hold for the same operation and model.
    """
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    sheets: dict[tuple[str, str | None], PriceSheet] = {}
    for entry in msgspec.convert(content["prices"], tuple[_Entry, ...]):
        for held in ((operation, model) for operation in entry.operations for model in entry.models):
            if held in sheets:
                raise ValueError(f"{file.name} has two prices for {held}; keep one")
            sheets[held] = entry
    return PriceBook(sheets)

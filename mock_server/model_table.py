"""Rows of a TOML file, found by operation, by model and by what the request body holds."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from importlib import resources
from typing import Generic, TypeVar

import msgspec

Body = Mapping[str, object]

GIVEN = "given"
ANY_MODEL = ""  # recipes, routed requests and workflows name no model


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every row starts with: the requests that it is for.

    `when` narrows it to bodies whose fields equal the values; `given` asks for any value.
    """

    operations: tuple[str, ...]
    models: tuple[str, ...] = (ANY_MODEL,)
    when: dict[str, str | bool] = {}

    def fits(self, body: Body) -> bool:
        return all(_holds(field(body, path), wanted) for path, wanted in self.when.items())


RowType = TypeVar("RowType", bound=Row)


class NoRowError(LookupError):
    """The table knows nothing about this operation and model."""


class ModelTable(Generic[RowType]):
    """Rows in the order of their file: the first that fits a request is the one that counts."""

    def __init__(self, rows: Iterable[RowType]) -> None:
        self._rows: dict[tuple[str, str], list[RowType]] = {}
        for row in rows:
            for operation in row.operations:
                for model in row.models:
                    self._rows.setdefault((operation, model), []).append(row)

    def covers(self, operation: str, model: str | None) -> bool:
        return (operation, model or ANY_MODEL) in self._rows

    def find(self, operation: str, body: Body) -> RowType:
        model = str(body.get("model", ANY_MODEL))
        for row in self._rows.get((operation, model), ()):
            if row.fits(body):
                return row
        raise NoRowError(f"no row for {operation} {model}")


def read(name: str) -> dict[str, object]:
    """A TOML file beside this module, its fractions as exact decimals."""
    text = resources.files("mock_server").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def field(body: object, path: str) -> object:
    """The value at a dotted path such as `input.duration`; None where nothing is, and for no path at all."""
    if not path:
        return None
    for name in path.split("."):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def entries(body: Body, path: str) -> Iterator[object]:
    """The entries at a path: a list's, or the one value that stands in its place."""
    value = field(body, path)
    if isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def _holds(value: object, wanted: str | bool) -> bool:  # noqa: FBT001 - a value of TOML
    return bool(value) if wanted == GIVEN else value == wanted

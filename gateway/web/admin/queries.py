"""Which query parameters a route takes: a mistyped one would silently widen what is asked for."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from litestar import Request
from litestar.params import QueryParameter

from gateway.rules.refusals import Invalid
from gateway.rules.spelling import meant

SHOWN_MAX = 64


def check_query(request: Request[Any, Any, Any]) -> None:
    """Refuse a query parameter that the route does not have. Raises Invalid with the nearest."""
    known = _parameters(request.route_handler.fn)
    for name in request.query_params:
        if name not in known:
            mend = meant(name, known) if known else "; this path takes none"
            raise Invalid(f"There is no query parameter {name[:SHOWN_MAX]}{mend}")


@cache
def _parameters(route: Callable[..., object]) -> frozenset[str]:
    hints = get_type_hints(route, include_extras=True)
    return frozenset(name for given, hint in hints.items() for name in _names(given, hint))


def _names(given: str, hint: object) -> Iterator[str]:
    """Name the parameter behind an argument: by the name it is asked for, else the argument's own."""
    for part in get_args(hint):
        if isinstance(part, QueryParameter):
            yield part.name or given

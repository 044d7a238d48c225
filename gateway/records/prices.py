"""What requests turned out to cost when it was more than the price book says."""

from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql

from gateway.records.store_time import STORE_TIME
from gateway.records.tables import raised_prices as prices
from gateway.rules.credits import Credits
from gateway.rules.generation import Generation

PRICES_MAX = 10_000
"""Raised prices that are kept in memory, the newest first: as many as anyone has kinds of requests."""

_NOTE = postgresql.insert(prices).values(at=STORE_TIME)
_RAISE = _NOTE.on_conflict_do_update(
    index_elements=[prices.c.priced_as],
    set_={"credits": _NOTE.excluded.credits, "at": STORE_TIME},
    where=prices.c.credits < _NOTE.excluded.credits,
)
"""Both stores write it alike."""
_NEWEST = select(prices.c.priced_as, prices.c.credits).order_by(prices.c.at.desc()).limit(PRICES_MAX)


def raise_price(connection: Connection, generation: Generation, credits: Credits) -> None:
    """Let the next requests that are priced as a generation reserve what it costs; never less than before."""
    price = {
        "priced_as": generation.priced_as,
        "operation": generation.operation,
        "model": generation.model,
        "credits": credits,
    }
    connection.execute(_RAISE, price)


def raised_prices(connection: Connection) -> Mapping[str, Credits]:
    return {row.priced_as: row.credits for row in connection.execute(_NEWEST)}

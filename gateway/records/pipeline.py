"""One statement for each of many sets of values, each with rows of its own in answer."""

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Compiled, Connection, Dialect, Insert, Update

from gateway.records.rows import Values

STATEMENTS_MAX = 20
"""Statements that are kept as the store reads them: there are few that are sent together."""

_TOGETHER_MIN = 2


def execute_each(
    connection: Connection, statement: Insert | Update, several: Sequence[Values]
) -> list[Sequence[Any]]:
    """Execute a statement that returns rows for each of some sets of values, in their order.

    PostgreSQL is sent all of them before it is waited for: the way there and back, and the wait until this
    thread may run again, cost more than the statement. All sets have the same names, and the statement no
    types that the driver does not know by itself.
    """
    if len(several) < _TOGETHER_MIN or connection.dialect.name != "postgresql":
        return [connection.execute(statement, values).all() for values in several]
    compiled, to_row = _compiled(statement, connection.dialect, tuple(several[0]))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        sets = [compiled.construct_params(values) for values in several]
        cursor.executemany(str(compiled), sets, returning=True)
        return [list(map(to_row, result)) for result in cursor.results()]


@lru_cache(maxsize=STATEMENTS_MAX)
def _compiled(
    statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]
) -> tuple[Compiled, Callable[[Sequence[Any]], Any]]:
    """Make a statement ready for values of some names, and tell what makes a row of what it returns."""
    columns = [column.name for column in statement.exported_columns]
    row: Any = namedtuple("row", columns)  # type: ignore[misc]  # noqa: PYI024 - known when it runs
    return statement.compile(dialect=dialect, column_keys=names), row._make

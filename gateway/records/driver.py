"""Statements that the driver carries out itself: compiled once, and sent to PostgreSQL on few ways.

SQLAlchemy takes several times as long for a statement as SQLite does. With PostgreSQL the way there and back,
and the wait until this thread may run again, cost more than the statement.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update

from gateway.records.engines import POSTGRESQL, failure
from gateway.records.rows import Values

STATEMENTS_MAX = 50
"""Statements that are kept as the store reads them: there are few that are carried out so."""

Statement = Select[Any] | Insert | Update | Delete
Asked = tuple[Statement, Values]
"""A statement and a value for each of its names: no list, nothing that the driver does not know by itself."""
Rows = list[Any]

_ARM = "SELECT 1"
"""Ends a pipeline that leaves a transaction open: its last message makes PostgreSQL forget for how long a
transaction may idle, and a process that stands still would keep its locks for ever."""


def execute_each(connection: Connection, statement: Statement, several: Sequence[Values]) -> list[Rows]:
    """Execute a statement for each of some sets of values, in their order, and give the rows of each.

    Raises DBAPIError, as SQLAlchemy does.
    """
    if not several:
        return []
    ready = _ready(statement, connection.dialect, tuple(several[0]))
    sets = [ready.constants | values for values in several]
    with _driver(connection) as driver:
        if connection.dialect.name != POSTGRESQL:
            return _each_on_sqlite(driver, ready, sets)
        cursor = _send(driver, ready, sets)
        if len(sets) > 1:
            driver.execute(_ARM)
        return [ready.rows(result) for result in cursor.results()]


def execute_in_turn(connection: Connection, *statements: Statement) -> list[Rows]:
    """Execute statements that have no values at all, and give the rows of each.

    PostgreSQL takes them as one query, in which each sees what was committed before it began itself.
    """
    every = [_ready(statement, connection.dialect, ()) for statement in statements]
    assert not any(ready.constants for ready in every), "a query of several statements takes no values"
    with _driver(connection) as driver:
        if connection.dialect.name != POSTGRESQL:
            return [ready.rows(driver.execute(ready.text)) for ready in every]
        query = "; ".join(ready.text for ready in every)
        results = driver.execute(query, prepare=False).results()
        return [ready.rows(result) for ready, result in zip(every, results, strict=True)]


def execute_all(connection: Connection, asked: Iterable[Asked]) -> None:
    """Execute statements whose rows nobody wants, those that follow their like together."""
    for statement, several in _alike(asked):
        execute_each(connection, statement, several)


def commit_after(connection: Connection, asked: Sequence[Asked]) -> None:
    """Execute statements that return no rows, and commit; PostgreSQL is waited for once.

    Raises DBAPIError, as SQLAlchemy does.
    """
    if connection.dialect.name == POSTGRESQL and asked:
        with _driver(connection) as driver, driver.pipeline():
            for statement, several in _alike(asked):
                ready = _ready(statement, connection.dialect, tuple(several[0]))
                _send(driver, ready, [ready.constants | values for values in several])
            driver.execute("COMMIT")
    else:
        execute_all(connection, asked)
    connection.commit()  # asks PostgreSQL nothing where the transaction has ended already


@contextmanager
def _driver(connection: Connection) -> Iterator[Any]:
    """Give the driver's own connection, and tell its failures as SQLAlchemy would."""
    try:
        yield connection.connection.driver_connection
    except connection.dialect.loaded_dbapi.Error as wrong:
        raise failure(connection, wrong) from None


class _Ready(NamedTuple):
    """A statement as the driver takes it."""

    text: str
    constants: Values
    """Its own values, by the names that it gave them."""
    to_row: Callable[[Iterable[Any]], Any] | None
    """Makes a row of what the driver gives; None where no rows are returned."""

    def rows(self, cursor: Iterable[Iterable[Any]]) -> Rows:
        return [] if self.to_row is None else list(map(self.to_row, cursor))


def _each_on_sqlite(driver: Any, ready: _Ready, sets: Sequence[Values]) -> list[Rows]:  # noqa: ANN401
    """Read the rows of each before the next: the driver compiles a statement again of which some are left."""
    if ready.to_row is not None:
        return [ready.rows(driver.execute(ready.text, values)) for values in sets]
    driver.executemany(ready.text, sets)
    return [[]] * len(sets)


def _send(driver: Any, ready: _Ready, sets: Sequence[Values]) -> Any:  # noqa: ANN401
    """Send PostgreSQL a statement for each of some sets of values, in a pipeline if they are several."""
    cursor = driver.cursor()
    if len(sets) == 1:
        cursor.execute(ready.text, sets[0])
    else:
        cursor.executemany(ready.text, sets, returning=ready.to_row is not None)
    return cursor


def _alike(asked: Iterable[Asked]) -> Iterator[tuple[Statement, list[Values]]]:
    for statement, like in groupby(asked, itemgetter(0)):
        yield statement, [values for _, values in like]


@lru_cache(maxsize=STATEMENTS_MAX)
def _ready(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> _Ready:
    """Compile a statement for values of some names."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    columns = [column.name for column in statement.exported_columns]
    row: Any = namedtuple("row", columns, rename=True)  # type: ignore[misc]  # noqa: PYI024 - known when it runs
    values = compiled.construct_params(dict.fromkeys(names))
    constants = {name: value for name, value in values.items() if name not in names}
    return _Ready(str(compiled), constants, row._make if columns else None)

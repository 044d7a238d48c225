"""Statements that the driver carries out itself: compiled once, and sent to PostgreSQL on few ways.

SQLAlchemy takes several times as long for a statement as SQLite does. With PostgreSQL the way there and back,
and the wait until this thread may run again, cost more than the statement.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from select import POLLIN, poll
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

_NOT_BEGUN = "IDLE"
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_ARM = "SELECT 1"
"""Ends a pipeline that leaves a transaction open: its last message makes PostgreSQL forget for how long a
transaction may idle, and a process that stands still would keep its locks for ever."""


def has_ended(connection: Connection) -> bool:
    """Tell whether PostgreSQL says something though nothing was asked: a server that ends, or has gone.

    Found before anything is sent, this leaves nobody in doubt about what was committed.
    """
    if connection.dialect.name != POSTGRESQL:
        return False
    said = poll()
    with _driver(connection) as driver:
        said.register(driver.fileno(), POLLIN)
    return bool(said.poll(0))


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


def execute_all(connection: Connection, asked: Sequence[Asked]) -> list[Rows]:
    """Execute statements in their order, those that follow their like together, and give the rows of each.

    Raises DBAPIError, as SQLAlchemy does.
    """
    with _driver(connection) as driver:
        return [
            rows
            for ready, sets in _alike(asked, connection.dialect)
            for rows in _executed(driver, ready, sets, connection.dialect)
        ]


def commit_after(connection: Connection, asked: Sequence[Asked]) -> list[Rows]:
    """Execute statements in their order, commit, and give the rows of each.

    PostgreSQL is waited for once, also where the transaction only begins with them.
    Raises DBAPIError, as SQLAlchemy does.
    """
    if connection.dialect.name == POSTGRESQL and asked:
        with _driver(connection) as driver:
            told = _committed(driver, _alike(asked, connection.dialect))
    else:
        told = execute_all(connection, asked)
    connection.commit()  # asks PostgreSQL nothing where the transaction has ended already
    return told


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


def _executed(driver: Any, ready: _Ready, sets: Sequence[Values], dialect: Dialect) -> list[Rows]:  # noqa: ANN401
    if dialect.name != POSTGRESQL:
        return _executed_by_sqlite(driver, ready, sets)
    cursor = _send(driver, ready, sets)
    if len(sets) > 1:
        driver.execute(_ARM)
    return [[]] * len(sets) if ready.to_row is None else [ready.rows(result) for result in cursor.results()]


def _executed_by_sqlite(driver: Any, ready: _Ready, sets: Sequence[Values]) -> list[Rows]:  # noqa: ANN401
    """Read the rows of each before the next: the driver compiles a statement again of which some are left."""
    if ready.to_row is not None:
        return [ready.rows(driver.execute(ready.text, values)) for values in sets]
    driver.executemany(ready.text, sets)
    return [[]] * len(sets)


def _committed(driver: Any, parts: Iterable[tuple[_Ready, Sequence[Values]]]) -> list[Rows]:  # noqa: ANN401
    """Send PostgreSQL all of it before any of its answers is read."""
    with _beginning(driver) as first, driver.pipeline():
        for statement in first:
            driver.execute(statement)
        sent = [told for ready, sets in parts for told in _sent(driver, ready, sets)]
        driver.execute("COMMIT")
    return [ready.rows(cursor) for ready, cursor in sent]


def _sent(driver: Any, ready: _Ready, sets: Sequence[Values]) -> list[tuple[_Ready, Any]]:  # noqa: ANN401
    """Send a statement for each of some sets of values; for rows the driver's own way would wait here."""
    if ready.to_row is None:
        _send(driver, ready, sets)
        return [(ready, ())] * len(sets)
    return [(ready, driver.execute(ready.text, values)) for values in sets]


@contextmanager
def _beginning(driver: Any) -> Iterator[Sequence[str]]:  # noqa: ANN401
    """Tell what to execute first. The driver would begin a transaction by itself, and wait for it."""
    if driver.info.transaction_status.name != _NOT_BEGUN:
        yield []
        return
    driver.autocommit = True
    try:
        yield [_BEGIN]
    finally:
        driver.rollback()  # asks nothing after a commit
        driver.autocommit = False


def _send(driver: Any, ready: _Ready, sets: Sequence[Values]) -> Any:  # noqa: ANN401
    """Send PostgreSQL a statement for each of some sets of values, in a pipeline if they are several."""
    cursor = driver.cursor()
    if len(sets) == 1:
        cursor.execute(ready.text, sets[0])
    else:
        cursor.executemany(ready.text, sets, returning=ready.to_row is not None)
    return cursor


def _alike(asked: Iterable[Asked], dialect: Dialect) -> Iterator[tuple[_Ready, list[Values]]]:
    for (statement, names), like in groupby(asked, lambda one: (one[0], tuple(one[1]))):
        ready = _ready(statement, dialect, names)
        yield ready, [ready.constants | values for _, values in like]


@lru_cache(maxsize=STATEMENTS_MAX)
def _ready(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> _Ready:
    """Compile a statement for values of some names."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    columns = [column.name for column in statement.exported_columns]
    row: Any = namedtuple("row", columns, rename=True)  # type: ignore[misc]  # noqa: PYI024 - known when it runs
    values = compiled.construct_params(dict.fromkeys(names))
    constants = {name: value for name, value in values.items() if name not in names}
    return _Ready(str(compiled), constants, row._make if columns else None)

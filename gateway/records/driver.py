"""Statements that the driver carries out itself: compiled once, and sent to PostgreSQL on one way.

SQLAlchemy takes several times as long for a statement as SQLite does. With PostgreSQL the way there and back,
and the wait until this thread may run again, cost more than the statement.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
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


def execute_together(connection: Connection, asked: Iterable[Asked]) -> list[Rows]:
    """Execute statements in their order, and give the rows of each.

    PostgreSQL is sent all of them before it is waited for. Raises what SQLAlchemy does.
    """
    with _on_one_way(connection):
        answers = _executed(connection, asked)
    return [rows for answer in answers for rows in answer()]


def commit_after(connection: Connection, asked: Sequence[Asked]) -> None:
    """Execute statements of which no rows are wanted, and commit, all on one way."""
    with _on_one_way(connection) if asked else nullcontext():
        _executed(connection, asked)
        connection.commit()


@contextmanager
def _on_one_way(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    try:
        with driver.pipeline() if dialect.name == POSTGRESQL else nullcontext():
            yield
    except dialect.loaded_dbapi.Error as wrong:
        raise failure(connection, wrong) from None


class _Ready(NamedTuple):
    """A statement as the driver takes it."""

    text: str
    constants: Values
    """Its own values, by the names that it gave them."""
    to_row: Callable[[Iterable[Any]], Any] | None
    """Makes a row of what the driver gives; None where no rows are returned."""


_Answer = Callable[[], list[Rows]]
"""The rows for each set of values, once the way there and back is over."""


def _executed(connection: Connection, asked: Iterable[Asked]) -> list[_Answer]:
    """Carry statements out, those that follow their like together with it."""
    execute = _on_postgresql if connection.dialect.name == POSTGRESQL else _on_sqlite
    driver = connection.connection.driver_connection
    answers = []
    for statement, like in groupby(asked, itemgetter(0)):
        several = [values for _, values in like]
        ready = _ready(statement, connection.dialect, tuple(several[0]))
        answers.append(execute(driver, ready, [{**ready.constants, **values} for values in several]))
    return answers


def _on_sqlite(driver: Any, ready: _Ready, several: Sequence[Values]) -> _Answer:  # noqa: ANN401
    """Read rows at once: the driver compiles a statement again of which some are left."""
    to_row = ready.to_row
    if to_row is None:
        driver.executemany(ready.text, several)
        return lambda: [[]] * len(several)
    found = [list(map(to_row, driver.execute(ready.text, values))) for values in several]
    return lambda: found


def _on_postgresql(driver: Any, ready: _Ready, several: Sequence[Values]) -> _Answer:  # noqa: ANN401
    cursor, to_row = driver.cursor(), ready.to_row
    if len(several) == 1:
        cursor.execute(ready.text, several[0])
    else:
        cursor.executemany(ready.text, several, returning=to_row is not None)
    if to_row is None:
        return lambda: [[]] * len(several)
    return lambda: [list(map(to_row, result)) for result in cursor.results()]


@lru_cache(maxsize=STATEMENTS_MAX)
def _ready(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> _Ready:
    """Compile a statement for values of some names."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    columns = [column.name for column in statement.exported_columns]
    row: Any = namedtuple("row", columns, rename=True)  # type: ignore[misc]  # noqa: PYI024 - known when it runs
    constants = compiled.construct_params(dict.fromkeys(names))
    return _Ready(str(compiled), dict(constants), row._make if columns else None)

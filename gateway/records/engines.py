"""Connections to SQLite or PostgreSQL, set so that what is committed stays and nothing waits long."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)

from gateway.records.turns import Turns

NO_STORE = "the database is `sqlite:///` with a path, or `postgresql://` with a host"

Access = Literal["write", "read"]

POSTGRESQL = "postgresql"
"""What SQLAlchemy calls it; the other store is SQLite."""

READ_ONLY = "25006"
"""What PostgreSQL calls a write that it does not take; see "PostgreSQL Error Codes" in its manual."""

LIMITS_TRANSACTIONS = 17_00_00
"""The PostgreSQL that ends transactions of processes that stand still while they send, too: they keep locks.
Twice as late as nobody waits for their answers any more."""

_ABOUT_A_STATEMENT = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
_ABOUT_THE_CONNECTION = ("08", "57P", "40003")
"""Beginnings of codes after which nobody knows what was committed; the last one says just that."""

_READING = ("query_only = ON",)
_WRITING = (
    "secure_delete = ON",  # prompts go with their rows
    "busy_timeout = 0",  # who waits for the file waits its turn
)
LOG_AHEAD = "PRAGMA journal_mode = WAL"
"""Stays with the file, for readers too. SQLite does not wait for the lock that the first one needs."""
CACHE_KILOBYTES = 512
"""Of pages that a connection to SQLite keeps for itself: the system keeps the file in memory anyway, once."""


class TakesNoWrites(Exception):
    """The server answers reads alone: a standby, or one that was set so, as some are on a full disk."""


class Patience(Struct, frozen=True):
    """How long anyone waits for the store, in seconds: for an answer, and in it for a statement or a lock."""

    answer: float
    statement: float
    lock: float


def to_url(address: str) -> URL:
    """Read the address of a store: `sqlite:///PATH` or `postgresql://…`.

    Raises ValueError with one sentence when it is neither.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise ValueError(NO_STORE) from None
    match url.get_backend_name():
        case "sqlite" if url.database:
            return url.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case _:
            raise ValueError(NO_STORE)


def shown(address: str) -> str:
    """Say where an address leads, without user, password and whatever else it asks for."""
    url = to_url(address)
    return str(URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database))


def connect(
    url: URL, access: Access, *, patience: Patience, connections: int, clock: Callable[[], int]
) -> Engine:
    """Make an engine of at most so many connections; it connects when first used.

    `clock` is the store's where the store has none: SQLite's. No error names the values of a statement:
    there are prompts among them.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, access, patience=patience, connections=connections, clock=clock)
    return _postgresql(url, access, patience=patience, connections=connections)


def _sqlite(
    url: URL, access: Access, *, patience: Patience, connections: int, clock: Callable[[], int]
) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        paramstyle="named",
        connect_args={"timeout": patience.lock, "check_same_thread": False},
    )
    pragmas = (
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{CACHE_KILOBYTES}",
        *(_READING if access == "read" else _WRITING),
    )

    turns = Turns(str(url.database), seconds=patience.lock)
    event.listen(engine, "engine_disposed", lambda _: turns.close())

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        connection.isolation_level = None  # leaves BEGIN to us
        connection.create_function("store_time", 0, clock)
        if access == "write" and not turns.execute(connection, LOG_AHEAD):
            connection.execute(LOG_AHEAD)  # tells what is wrong
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if access == "read":
            connection.exec_driver_sql("BEGIN")
        elif not turns.execute(_raw(connection), "BEGIN IMMEDIATE"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # tells what is wrong

    return engine


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection), "the driver of SQLite is the standard library's"
    return raw


def _postgresql(url: URL, access: Access, *, patience: Patience, connections: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        isolation_level="READ COMMITTED" if access == "write" else "REPEATABLE READ",
        connect_args={**KEEPALIVE, "options": _options(patience)},
    )

    logging.getLogger("psycopg").disabled = True  # it would tell of failures in the server's words
    event.listen(engine, "handle_error", _forget_values)
    if access == "write":
        event.listen(engine, "handle_error", _leave_read_only)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        if access == "read":
            connection.read_only = True
        elif connection.info.server_version >= LIMITS_TRANSACTIONS:
            connection.execute(f"SET transaction_timeout = {int(patience.answer * 2000)}")
            connection.commit()

    return engine


def failure(connection: Connection, wrong: Any) -> Exception:  # noqa: ANN401 - the driver's own
    """Tell a failure of the driver itself as SQLAlchemy would, without values.

    The first failure of a pipeline counts; those after it say nothing of their own. A connection is used
    again only where PostgreSQL refused a statement, and nothing else went wrong.
    """
    dialect, first = connection.dialect, wrong
    while isinstance(first.__context__, dialect.loaded_dbapi.Error):
        first = first.__context__
    goes_on = first is wrong and _is_refusal(first) and not _is_read_only(first)
    if dialect.name == POSTGRESQL and not goes_on:
        connection.invalidate()
    if _is_read_only(first):
        return TakesNoWrites()
    _reword(first)
    told: Exception = DBAPIError.instance(
        None, None, first, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
    )
    return told


def is_undone(error: DBAPIError) -> bool:
    """Tell whether a transaction that failed at its end was certainly not committed.

    Something was wrong with a statement, so no commit followed it. A server that ends the connection may have
    committed before.
    """
    return isinstance(error, _ABOUT_A_STATEMENT) or _is_refusal(error.orig)


def _is_refusal(wrong: Any) -> bool:  # noqa: ANN401 - the driver's own
    """Tell whether PostgreSQL refused a statement, said why, and goes on."""
    state = getattr(wrong, "sqlstate", None) or ""
    if not state or state.startswith(_ABOUT_THE_CONNECTION):
        return False
    return bool(wrong.diag.severity_nonlocalized == "ERROR")


def _leave_read_only(failed: ExceptionContext) -> None:
    """Part with a server that takes no writes: after a failover its name stands for another one."""
    if _is_read_only(failed.original_exception):
        failed.is_disconnect = True
        raise TakesNoWrites


def _is_read_only(wrong: BaseException) -> bool:
    return getattr(wrong, "sqlstate", None) == READ_ONLY


def _forget_values(failed: ExceptionContext) -> None:
    told = failed.sqlalchemy_exception
    if told is not None and _reword(failed.original_exception):
        told.args = (f"({type(failed.original_exception).__name__}) {failed.original_exception}",)


def _reword(wrong: Any) -> bool:  # noqa: ANN401 - the driver's own
    """Say what is wrong by code and names alone: PostgreSQL repeats the row that it does not take."""
    if not getattr(wrong, "sqlstate", None):
        return False
    names = (wrong.diag.table_name, wrong.diag.column_name, wrong.diag.constraint_name)
    wrong.args = (" ".join((f"SQLSTATE {wrong.sqlstate}", *filter(None, names))),)
    return True


KEEPALIVE: Mapping[str, int | str] = {
    "connect_timeout": 2,  # the least that the client library takes
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 2000,
    "application_name": "runway-gateway",
}


def _options(patience: Patience) -> str:
    settings = {
        "statement_timeout": int(patience.statement * 1000),
        "lock_timeout": int(patience.lock * 1000),
        "idle_in_transaction_session_timeout": int(patience.statement * 1000),
        "timezone": "UTC",
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())

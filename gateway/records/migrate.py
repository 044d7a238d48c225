"""Brings a store to the newest schema, or makes it. Any number of processes may start at once."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from gateway.ports.records import RecordsAway
from gateway.records import store_time
from gateway.records.engines import POSTGRESQL, Patience, connect, to_url

LOCK = 0x6D69677261
"""Names the migration among PostgreSQL's advisory locks; SQLite's one writer needs none."""
REFUSAL = "FATAL:"
"""How PostgreSQL's words begin when it ends a connection that it has just been asked for."""
PATIENCE = Patience(answer=600.0, statement=600.0, lock=600.0)
"""A step over a large table takes its time, and other processes wait for it."""


class Refused(RecordsAway):
    """The store answers, but not to this user, password or database."""


def migrate(address: str) -> None:
    """Bring the store at an address to the newest schema, in one transaction.

    Raises ValueError when the address names no store, RecordsAway when the store is away,
    Refused when it answers but takes nothing.
    """
    engine = connect(
        to_url(address), "write", patience=PATIENCE, connections=1, clock=store_time.of_this_host
    )
    try:
        with _connected(engine) as connection, connection.begin():
            if connection.dialect.name == POSTGRESQL:
                connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            _upgrade(connection)
    finally:
        engine.dispose()


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as away:
        raise (Refused if REFUSAL in str(away.orig) else RecordsAway) from away


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(files("gateway.records") / "migrations"))))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

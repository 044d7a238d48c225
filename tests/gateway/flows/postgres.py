"""Records in a real PostgreSQL for a play: emptied, and with a clock that stands where the play's does."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.gateway.flows.clock import ManualClock
from tests.gateway.records.conftest import EMPTY

TIME_STANDS = """
CREATE TABLE IF NOT EXISTS play_time (micros bigint);
CREATE OR REPLACE FUNCTION store_time() RETURNS bigint LANGUAGE sql VOLATILE
RETURN (SELECT micros FROM play_time);
TRUNCATE play_time;
INSERT INTO play_time VALUES (0);
"""


@contextmanager
def records_in_postgres(address: str, clock: ManualClock) -> Iterator[str]:
    """Empty a migrated database, which one play has at a time, and tell its URL."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in (*EMPTY, TIME_STANDS):
            connection.execute(statement.encode())

        def stand_at(micros: int) -> None:
            connection.execute("UPDATE play_time SET micros = %s", (micros,))

        with clock.followed_by(stand_at):
            yield address

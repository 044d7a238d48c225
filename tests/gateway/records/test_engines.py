import traceback
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, StatementError

from gateway.records.database import QUICK
from gateway.records.engines import to_url
from tests.gateway.records.support import Records


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:///var/records.db", "sqlite"),
        ("postgresql://gateway:secret@db:5432/gateway", "postgresql+psycopg"),
        ("postgres://gateway@db/gateway?sslmode=require", "postgresql+psycopg"),
        ("postgresql+psycopg://gateway@db/gateway", "postgresql+psycopg"),
    ],
)
def test_both_stores_are_named_by_an_address(address: str, driver: str) -> None:
    assert to_url(address).drivername == driver


@pytest.mark.parametrize(
    "address",
    ["sqlite://", "mysql://db/gateway", "var/records.db", "", "postgresql//db", "oracle://:password@db"],
)
def test_an_address_of_another_store_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(
        ValueError, match="`sqlite:///` with a path, or `postgresql://` with a host"
    ) as refused:
        to_url(address)

    assert "password" not in str(refused.value)


async def test_what_is_committed_to_a_file_survives_a_crash(on_sqlite: Records) -> None:
    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]

    full = 2

    assert await on_sqlite.database.write(settings) == ["wal", full, 1]


async def test_a_server_waits_for_nobody_for_long(shared_postgres: str) -> None:
    records = Records(shared_postgres, patience=QUICK)

    def settings(connection: Connection) -> list[object]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        return [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]

    assert await records.database.write(settings) == ["500ms", "300ms", "500ms"]
    records.close()


async def test_an_error_does_not_tell_the_values_of_a_statement(records: Records) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("SELECT :prompt, :odd"), {"prompt": "a canary", "odd": object()})

    with pytest.raises(StatementError) as raised:
        await records.database.write(fail)

    assert "a canary" not in str(raised.value)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tasks (id, generation, team) VALUES ('a', 'a canary', 'ads')",
        "INSERT INTO policies (owner, body, version) VALUES ('a canary', '', 1), ('a canary', '', 1)",
        "INSERT INTO keys (id, team, label, secret_hash, created_at) VALUES ('a', 'a canary', '', '', 1)",
        "SELECT CAST('a canary' AS bigint)",
        'SELECT "a canary" FROM fence',
    ],
)
async def test_an_error_does_not_tell_the_row_that_the_server_repeats(
    on_postgres: Records, statement: str
) -> None:
    def fail(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    with pytest.raises(DBAPIError) as raised:
        await on_postgres.database.write(fail)

    told = "".join(traceback.format_exception(raised.value)).replace(statement, "")
    assert "SQLSTATE" in told
    assert "a canary" not in told


def test_the_path_of_a_file_is_kept(tmp_path: Path) -> None:
    assert to_url(f"sqlite:///{tmp_path}/records.db").database == f"{tmp_path}/records.db"

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, make_url

from gateway.ports.records import RecordsAway
from gateway.records import store_time
from gateway.records.engines import connect, to_url
from gateway.records.migrate import PATIENCE, Refused, migrate
from gateway.records.tables import metadata
from gateway.rules.fence import LAYOUT, Fence
from tests.gateway.records.support import Records
from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.empty_database()


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    engine = create_engine(to_url(address))
    yield engine
    engine.dispose()


def test_a_migrated_store_has_the_tables_that_the_code_knows(address: str, engine: Engine) -> None:
    migrate(address)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_migrated_file_is_the_same_to_the_letter(tmp_path: Path) -> None:
    """Conditions of indexes too, which the comparison of both stores leaves out."""
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    engine = create_engine(f"sqlite:///{made}")

    migrate(f"sqlite:///{migrated}")
    metadata.create_all(engine)

    engine.dispose()
    assert _statements(made) <= _statements(migrated)


def _statements(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        written = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {sql for (sql,) in written}


def test_migrating_again_changes_nothing(address: str, engine: Engine) -> None:
    migrate(address)

    migrate(address)

    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0001"


def test_any_number_of_processes_may_migrate_at_once(address: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [address] * 4))


def test_any_number_of_threads_may_make_a_file_at_once(tmp_path: Path) -> None:
    """Where SQLite does not wait by itself: one file in thirty was met locked."""
    with ThreadPoolExecutor(8) as pool:
        for nth in range(100):
            list(pool.map(_write_nothing, [f"sqlite:///{tmp_path}/empty{nth}.db"] * 8))


def _write_nothing(address: str) -> None:
    engine = connect(
        to_url(address), "write", patience=PATIENCE, connections=1, clock=store_time.of_this_host
    )
    with engine.begin():
        pass
    engine.dispose()


async def test_a_new_store_stands_at_the_first_fence(address: str) -> None:
    migrate(address)

    records = Records(address)

    assert await records.fence() == Fence(epoch=1, policies=1, layout=LAYOUT)
    records.close()


def test_a_store_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    nobody_listens = f"postgresql://postgres@/records?host={tmp_path}"

    with pytest.raises(RecordsAway):
        migrate(nobody_listens)


def test_a_server_that_refuses_is_told_from_one_that_is_away(postgres: Postgres) -> None:
    nowhere = make_url(postgres.empty_database()).set(database="canary").render_as_string(hide_password=False)

    with pytest.raises(Refused) as refused:
        migrate(nowhere)

    assert "canary" not in str(refused.value)


def test_a_server_that_is_away_refuses_nothing() -> None:
    with pytest.raises(RecordsAway) as away:
        migrate("postgresql://127.0.0.1:1/gateway")

    assert type(away.value) is RecordsAway

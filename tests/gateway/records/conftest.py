"""Every test of the contract runs on both stores: a SQLite file, and a database of a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.records.migrate import migrate
from gateway.records.tables import metadata
from tests.gateway.records.support import Records, StoreClock
from tests.support.postgres import Postgres

STORE_TIME_AHEAD = """
CREATE OR REPLACE FUNCTION store_time() RETURNS bigint LANGUAGE sql VOLATILE
RETURN CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) + {ahead}
"""
EMPTY = (
    *(str(table.delete()) for table in reversed(metadata.sorted_tables)),
    "INSERT INTO fence VALUES (1, 1, 1, 1)",
    "INSERT INTO policies VALUES ('organization', '{}', 1)",
)
"""As the first migration leaves it."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def new_sqlite(migrated_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "records.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def on_sqlite(new_sqlite: str) -> Iterator[Records]:
    records = Records(new_sqlite)
    yield records
    records.close()


@pytest.fixture(scope="session")
def shared_postgres(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture
def on_postgres(postgres: Postgres, shared_postgres: str) -> Iterator[Records]:
    def moved(ahead: timedelta) -> None:
        micros = ahead // timedelta(microseconds=1)
        postgres.run(shared_postgres, STORE_TIME_AHEAD.format(ahead=micros))

    postgres.run(shared_postgres, *EMPTY)
    records = Records(shared_postgres, StoreClock(moved))
    yield records
    records.close()
    if records.clock.ahead:
        moved(timedelta())


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest) -> Records:
    """The records on either store, empty, as one process has them."""
    found = request.getfixturevalue(f"on_{request.param}")
    assert isinstance(found, Records)
    return found


@pytest.fixture
def elsewhere(records: Records) -> Iterator[Records]:
    """The same records, as another process has them."""
    other = records.elsewhere()
    yield other
    other.close()

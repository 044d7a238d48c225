"""One Valkey for all tests of the web, and a SQLite file for each."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.ledger.embedded import EmbeddedValkey
from gateway.records.migrate import migrate
from tests.gateway.web.office import Office, open_office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedValkey]:
    valkey = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    await valkey.start()
    yield valkey
    await valkey.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest_asyncio.fixture
async def office(valkey: EmbeddedValkey, migrated_file: Path, tmp_path: Path) -> AsyncIterator[Office]:
    path = tmp_path / "records.db"
    shutil.copyfile(migrated_file, path)
    async with open_office(f"sqlite:///{path}", valkey.url) as office:
        yield office

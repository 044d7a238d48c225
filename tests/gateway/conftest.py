"""A play for every test: empty ledger, empty records, an upstream of its own, a clock that stands still."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from gateway.assembly import adapters
from gateway.assembly.adapters import Stores
from gateway.ledger import connection, line
from gateway.ledger.embedded import EmbeddedValkey
from gateway.records.database import Database
from gateway.records.engines import Patience
from gateway.records.migrate import migrate
from tests.gateway.flows.books import assert_books_agree
from tests.gateway.flows.clock import ManualClock
from tests.gateway.flows.play import Peer, Play, flush, records_in_memory
from tests.gateway.flows.postgres import records_in_postgres
from tests.gateway.flows.upstream import KEY, Upstream, upstream_at
from tests.gateway.ledger.conftest import shared_valkey
from tests.support.canaries import leaks
from tests.support.postgres import Postgres

__all__ = [
    "clock",
    "empty_records",
    "patience",
    "peer",
    "play",
    "played_database",
    "records_url",
    "shared_valkey",
    "stores",
    "upstream",
]

ON_BOTH_STORES = pytest.mark.parametrize("records_url", ["sqlite", "postgres"], indirect=True)
"""For plays in which the two databases might differ: in what waits for what, and who sees what."""
ON_POSTGRES_AT_LENGTH = pytest.mark.parametrize(
    "records_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True
)
"""The same, where one of them will do from day to day."""

PATIENT = Patience(answer=20.0, statement=20.0, lock=20.0)


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("records") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest_asyncio.fixture
async def upstream(clock: ManualClock) -> AsyncIterator[Upstream]:
    async with upstream_at(clock) as upstream:
        yield upstream


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the stores all the time they need: a machine with much else to do is no part of a play."""
    monkeypatch.setattr(line, "ANSWER_SECONDS_MAX", PATIENT.answer)
    monkeypatch.setattr(connection, "ANSWER_SECONDS_MAX", PATIENT.answer)
    monkeypatch.setattr(adapters, "Database", partial(Database, patience=PATIENT))


@pytest.fixture(scope="session")
def played_database() -> Iterator[str]:
    """A database of a PostgreSQL that is started for plays alone."""
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder))
        yield postgres.new_database()
        postgres.stop()


@pytest.fixture
def records_url(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[str]:
    """Empty records: a SQLite file unless a test asks for PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        with records_in_memory(request.getfixturevalue("empty_records")) as url:
            yield url
    else:
        with records_in_postgres(request.getfixturevalue("played_database"), clock) as url:
            yield url


@pytest_asyncio.fixture
async def stores(shared_valkey: EmbeddedValkey, records_url: str, patience: None) -> Stores:
    del patience
    await flush(shared_valkey.url)
    return Stores(redis_url=shared_valkey.url, database_url=records_url)


@pytest_asyncio.fixture
async def play(stores: Stores, upstream: Upstream, clock: ManualClock) -> AsyncIterator[Play]:
    """Ends with the audit of whoever is still there: at rest, all books agree."""
    play = Play(stores, upstream, clock)
    try:
        yield play
        if play.peers:
            await play.peers[-1].rest()
            await assert_books_agree(play.peers[-1], upstream)
    finally:
        await play.close()
        assert not [leak for peer in play.peers for leak in leaks(peer.log.getvalue(), (KEY,))]


@pytest_asyncio.fixture
async def peer(play: Play) -> Peer:
    return await play.peer()

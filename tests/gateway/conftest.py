"""A play for every test: empty ledger, empty records, an upstream of its own, a clock that stands still."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

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
from tests.gateway.flows.upstream import KEY, Upstream, upstream_at
from tests.gateway.ledger.conftest import shared_valkey
from tests.support.canaries import leaks

__all__ = ["clock", "empty_records", "patience", "peer", "play", "shared_valkey", "stores", "upstream"]

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


@pytest_asyncio.fixture
async def stores(shared_valkey: EmbeddedValkey, empty_records: Path, patience: None) -> AsyncIterator[Stores]:
    del patience
    await flush(shared_valkey.url)
    with records_in_memory(empty_records) as url:
        yield Stores(redis_url=shared_valkey.url, database_url=url)


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

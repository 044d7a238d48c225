"""URLs of servers."""

import pytest
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import (
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from gateway.ledger.connection import connect


@pytest.mark.parametrize(
    ("url", "connection", "facts"),
    [
        ("redis://cache:7000/2", Connection, {"host": "cache", "port": 7000, "db": 2}),
        ("redis://me:p%40ss@cache", Connection, {"username": "me", "password": "p@ss"}),
        ("rediss://cache:7000", SSLConnection, {"host": "cache"}),
        ("unix:///run/a%20b.sock?db=1", UnixDomainSocketConnection, {"path": "/run/a b.sock", "db": 1}),
    ],
)
def test_a_server_is_named_by_url(url: str, connection: type, facts: dict[str, object]) -> None:
    pool = connect(url).connection_pool

    assert pool.connection_class is connection
    assert facts.items() <= pool.connection_kwargs.items()


@pytest.mark.parametrize(
    ("scheme", "connection"),
    [("redis+sentinel", SentinelManagedConnection), ("rediss+sentinel", SentinelManagedSSLConnection)],
)
def test_sentinels_are_named_by_url(scheme: str, connection: type) -> None:
    pool = connect(f"{scheme}://me:p%40ss@one:26380,two/ledger?db=3").connection_pool

    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "ledger"
    assert pool.connection_class is connection
    assert {"username": "me", "password": "p@ss", "db": 3}.items() <= pool.connection_kwargs.items()
    known = [sentinel.connection_pool.connection_kwargs for sentinel in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in known] == [("one", 26380), ("two", 26379)]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache:6379",
        "http://cache",
        "redis://me:secret/word@cache:6379",
        "redis+sentinel://me:secret@one:26379",
        "redis+sentinel://me:secret@/ledger",
        "redis+sentinel://me:secret@one:port/ledger",
        "redis+sentinel://me:secret@one/ledger?db=x",
    ],
)
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="redis://") as refused:
        _ = connect(url)

    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__

"""Makes the client of a Redis or Valkey from its URL."""

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis.asyncio import Redis, Sentinel
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff

from gateway.ledger.line import ANSWER_SECONDS_MAX

SENTINEL_PORT = 26379
CONNECTIONS_MAX = 8
"""Of one client; the ledger's verbs share one."""

FORMS = (
    "redis://[user:password@]host:port/database, rediss:// for TLS, unix:///path/to/socket, "
    "or redis+sentinel://[user:password@]host:port,host:port/service?db=0 (rediss+sentinel:// for TLS)"
)


def connect(url: str) -> Redis:
    """Make a client that asks once and waits half a second at most. It connects when it is first used.

    Raises ValueError that says which URLs there are, and never what was given: that may hold a password.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in {"redis+sentinel", "rediss+sentinel"}:
            return _behind_sentinels(parts)
        return Redis.from_url(url, **_options())
    except ValueError:
        raise ValueError(f"the ledger's URL is none of {FORMS}") from None


def shown(url: str) -> str:
    """Say where a URL of `connect` leads, without user, password and whatever else it asks for."""
    parts = urlsplit(url)
    place = parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}"


async def disconnect(client: Redis) -> None:
    """Close what a client holds open, the connections to its sentinels too."""
    pool = client.connection_pool
    await pool.disconnect()
    if isinstance(pool, SentinelConnectionPool):
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.connection_pool.disconnect()


def _options() -> dict[str, Any]:
    return {
        "socket_timeout": ANSWER_SECONDS_MAX,
        "socket_connect_timeout": ANSWER_SECONDS_MAX,
        "retry": Retry(NoBackoff(), 0),
        "max_connections": CONNECTIONS_MAX,
        "protocol": 2,  # nothing here is pushed, and a connection costs one round trip less
        "driver_info": None,  # the same
    }


def _behind_sentinels(parts: SplitResult) -> Redis:
    _, _, hosts = parts.netloc.rpartition("@")
    sentinels = [_address(host) for host in hosts.split(",")]
    service = parts.path.strip("/")
    if not service:
        raise ValueError
    options = _options() | {
        "ssl": parts.scheme.startswith("rediss"),
        "username": _unquoted(parts.username),
        "password": _unquoted(parts.password),
        "db": int(parse_qs(parts.query).get("db", ["0"])[0]),
    }
    sentinel_options = _options() | {"ssl": options["ssl"]}
    known = Sentinel(sentinels, sentinel_kwargs=sentinel_options, **options)  # type: ignore[no-untyped-call]
    client: Redis = known.master_for(service)
    return client


def _address(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    if parts.hostname is None:
        raise ValueError
    return parts.hostname, parts.port or SENTINEL_PORT


def _unquoted(text: str | None) -> str | None:
    return None if text is None else unquote(text)

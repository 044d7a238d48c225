"""Servers that the ledger may not stand on."""

import pytest
from redis.asyncio import Redis

from gateway.ledger.redis_ledger import RedisLedger
from gateway.ledger.requirements import problem_of

FACTS = {
    "redis_version": "7.2.4",
    "valkey_version": "8.0.1",
    "maxmemory_policy": "noeviction",
    "master_replid": "8f",
}


async def test_the_embedded_valkey_is_good(empty: RedisLedger) -> None:
    await empty.check()


async def test_a_server_that_evicts_is_refused_with_the_words_to_mend_it(
    empty: RedisLedger, client: Redis
) -> None:
    await client.config_set("maxmemory-policy", "allkeys-lru")

    with pytest.raises(ValueError, match="set `maxmemory-policy noeviction`") as refused:
        await empty.check()

    await client.config_set("maxmemory-policy", "noeviction")
    assert "allkeys-lru" in str(refused.value)


@pytest.mark.parametrize(
    "other", [{"valkey_version": "9.1.0"}, {"redis_version": "8.2.0"}, {"valkey_version": "10.0"}]
)
def test_newer_servers_are_good(other: dict[str, str]) -> None:
    assert problem_of(FACTS | other) is None


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"valkey_version": "7.2.5"}, "Valkey 7.2.5"),
        ({"valkey_version": None, "redis_version": "6.2.14"}, "Redis 6.2.14"),
        ({"maxmemory_policy": None}, "noeviction"),
        ({"master_replid": None}, "master_replid"),
    ],
)
def test_others_are_refused_by_name(other: dict[str, str | None], word: str) -> None:
    facts = {name: fact for name, fact in (FACTS | other).items() if fact is not None}

    assert word in str(problem_of(facts))

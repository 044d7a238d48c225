"""A server that may drop keys would forget what is held: no gateway starts on it, and all say what to do."""

from pathlib import Path

import pytest
from redis import Redis

from tests.support.gateway import started_gateway
from tests.support.stores import running_valkey


@pytest.mark.parametrize(
    "policy",
    ["allkeys-lru", *(pytest.param(p, marks=pytest.mark.long) for p in ("volatile-ttl", "allkeys-random"))],
)
def test_a_server_that_evicts_is_refused_with_the_words_to_mend_it(tmp_path: Path, policy: str) -> None:
    with running_valkey(tmp_path / "valkey") as valkey:
        with Redis.from_url(valkey.url) as client:
            client.config_set("maxmemory-policy", policy)

        with started_gateway(
            tmp_path, "http://127.0.0.1:1", environment={"GATEWAY_REDIS_URL": valkey.url}
        ) as gateway:
            code = gateway.exit_code()

            assert code != 0
            assert f"maxmemory-policy is {policy}" in gateway.said()
            assert "set `maxmemory-policy noeviction`" in gateway.said()
            assert "Traceback" not in gateway.said()

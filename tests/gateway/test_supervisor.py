"""What the first process refuses to start with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import Server, Settings, Stores, Upstream
from gateway.supervisor import ONE_HOST, CannotServe, Supervisor, whereabouts


def _file(path: Path) -> None:
    path.write_text("a file")


def _with_a_folder_for_a_lock(path: Path) -> None:
    (path / "gateway.pid").mkdir(parents=True)


@pytest.mark.parametrize("make", [_file, _with_a_folder_for_a_lock])
async def test_a_folder_that_cannot_be_used_is_told_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    var = tmp_path / "var"
    make(var)
    settings = Settings(
        server=Server(port=0, metrics_port=0, var=str(var)), upstream=Upstream(key="a canary")
    )

    with pytest.raises(CannotServe, match=r"Cannot keep anything in .*; set server\.var"):
        await Supervisor(settings=settings, say=lambda _: None).serve()


REDIS = "redis://user:canary@ledger.example:6379/0?password=canary"
POSTGRES = "postgresql://user:canary@records.example/gateway?password=canary"


@pytest.mark.parametrize(
    ("stores", "told"),
    [
        (Stores(), "Ledger in a Valkey of its own in var, records in sqlite:///var/gateway.db"),
        (
            Stores(redis_url=REDIS, database_url=POSTGRES),
            "Ledger in redis://ledger.example:6379, records in postgresql://records.example/gateway",
        ),
        (
            Stores(database_url=POSTGRES),
            f"Ledger in a Valkey of its own in var, records in postgresql://records.example/gateway{ONE_HOST}",
        ),
        (
            Stores(redis_url=REDIS, database_url="sqlite:///here.db"),
            f"Ledger in redis://ledger.example:6379, records in sqlite:///here.db{ONE_HOST}",
        ),
        (
            Stores(redis_url="unix://:canary@/run/redis.sock?password=canary"),
            f"Ledger in unix:///run/redis.sock, records in sqlite:///var/gateway.db{ONE_HOST}",
        ),
        (
            Stores(redis_url="redis+sentinel://:canary@a:1,b:2/service", database_url=POSTGRES),
            "Ledger in redis+sentinel://a:1,b:2, records in postgresql://records.example/gateway",
        ),
    ],
)
def test_it_says_where_its_stores_are_without_a_password(stores: Stores, told: str) -> None:
    assert whereabouts(stores, Path("var")) == told

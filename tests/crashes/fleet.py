"""Gateways in processes of their own on the same stores, and the audit of these stores from outside."""

import asyncio
import io
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.assembly.adapters import Stores
from gateway.assembly.gateway import assemble
from gateway.settings import Settings, Upstream
from gateway.world import World
from tests.gateway.flows.books import assert_ledger_agrees
from tests.gateway.flows.clock import START, ManualClock
from tests.gateway.flows.play import Peer
from tests.support.gateway import Gateway, running_gateway
from tests.support.mock import UPSTREAM_KEY, Mock, running_mock
from tests.support.postgres import Postgres
from tests.support.stores import Valkey, running_valkey
from tests.support.waiting import wait_until

SETTLED_SECONDS_MAX = 120.0
RELEASED_SECONDS_MAX = 90.0
"""The janitor comes every 15 s, and leaves alone what is younger than 60 s."""


@dataclass(frozen=True)
class Fleet:
    """All gateways of an organisation, and what they stand on."""

    gateways: tuple[Gateway, ...]
    mock: Mock
    stores: Stores
    valkey: Valkey | None = None

    @property
    def first(self) -> Gateway:
        return self.gateways[0]

    @property
    def urls(self) -> list[str]:
        return [gateway.url for gateway in self.gateways]

    def set_organization_limits(self, *limits: object) -> None:
        answer = self.first.admin.put(
            "/admin/v1/organization/policy", json={"limits": limits}, headers={"If-Match": "*"}
        )
        assert answer.is_success, answer.text

    async def settle(self) -> None:
        """Let everything upstream end; then both stores tell the same, and so does the mock."""
        self.mock.advance()
        wait_until(self._has_settled, "settling", seconds_max=SETTLED_SECONDS_MAX)
        assert self.mock.audit()["balanced"]
        await self._agree_in_time()

    async def _agree_in_time(self) -> None:
        """Compare the stores; what a 503 left behind is released a little later."""
        deadline = time.monotonic() + RELEASED_SECONDS_MAX
        while time.monotonic() < deadline:
            with suppress(AssertionError):
                await assert_stores_agree(self.stores)
                return
            await asyncio.sleep(1)
        await assert_stores_agree(self.stores)

    def _has_settled(self) -> bool:
        usage = self.first.usage()
        audit = self.mock.audit()
        return usage["reserved"] == 0 and usage["spent"] == audit["charged"] - audit["refunded"]


@contextmanager
def one_gateway(folder: Path, *, workers: int) -> Iterator[Fleet]:
    """Run one gateway with its embedded stores."""
    with running_mock(folder) as mock, running_gateway(folder, mock, workers=workers) as gateway:
        var = folder / "var"
        stores = Stores(
            redis_url=f"unix://{var}/valkey/valkey.sock", database_url=f"sqlite:///{var}/gateway.db"
        )
        yield Fleet((gateway,), mock, stores)


@contextmanager
def three_gateways(folder: Path) -> Iterator[Fleet]:
    """Run three gateways of one worker each on a PostgreSQL and a Valkey."""
    with ExitStack() as stack:
        mock = stack.enter_context(running_mock(folder))
        valkey = stack.enter_context(running_valkey(folder / "valkey"))
        database_url = stack.enter_context(_running_postgres()).empty_database()
        urls = {"GATEWAY_DATABASE_URL": database_url, "GATEWAY_REDIS_URL": valkey.url}
        gateways = tuple(
            stack.enter_context(running_gateway(folder / f"gateway-{number}", mock, environment=urls))
            for number in range(3)
        )
        yield Fleet(gateways, mock, Stores(redis_url=valkey.url, database_url=database_url), valkey)


Runs = Callable[[Path], AbstractContextManager[Fleet]]
"""Starts a fleet under a folder."""
ONE: Runs = partial(one_gateway, workers=1)
THREE_WORKERS: Runs = partial(one_gateway, workers=3)
THREE_GATEWAYS: Runs = three_gateways


@contextmanager
def _running_postgres() -> Iterator[Postgres]:
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder))
        yield postgres
        postgres.stop()


async def assert_stores_agree(stores: Stores) -> None:
    """Read both stores beside the gateways, while nothing is under way, and compare every account."""
    clock, log = ManualClock(), io.StringIO()
    clock.advance(datetime.now(UTC) - START)
    settings = Settings(upstream=Upstream(base_url="http://127.0.0.1:1", key=UPSTREAM_KEY))
    auditor = Peer(assemble(settings, stores, owner="auditor", log=log, world=World(clock=clock)), clock, log)
    try:
        await assert_ledger_agrees(auditor)
    finally:
        await auditor.close()

"""The real mock server, in the loop and on the clock of the test, on a socket of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import uvicorn
from uvicorn.server import ServerState

from mock_server import prices, spec
from mock_server.app import MockServer
from mock_server.audit import Audit, audit
from mock_server.faults import AnyFault
from mock_server.journal import Record
from mock_server.lifecycle import Task
from mock_server.serving import AbortableProtocol
from mock_server.settings import Settings, Surroundings
from mock_server.tenant import Tenant
from mock_server.world import Rulebook, World
from tests.gateway.flows.clock import ManualClock

KEY = "key_of_the_organisation"
PENDING_SECONDS = 1.0
RUNNING_SECONDS = 10.0


@cache
def _rulebook() -> Rulebook:
    return Rulebook(spec.load(), prices.load())


class Upstream:
    """Runway, as the mock plays it, with its control at hand."""

    def __init__(self, clock: ManualClock) -> None:
        settings = Settings(
            tier="unlimited", pending_seconds=PENDING_SECONDS, running_seconds=RUNNING_SECONDS, seed=7
        )
        surroundings = Surroundings(wall=clock.seconds, sleep=clock.sleep)
        self.app = MockServer(World(settings, surroundings, _rulebook()))
        self._config = uvicorn.Config(self.app, http=AbortableProtocol, lifespan="off", log_config=None)
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def tenant(self) -> Tenant:
        tenant = self.app.world.tenant(KEY)
        assert tenant is not None, "there is room for one"
        tenant.advance()
        return tenant

    def arm(self, fault: AnyFault) -> str:
        armed = self.app.world.armory.arm(self.app.world.new_id(), fault)
        assert armed is not None, "there is room for a few"
        return armed.id

    def disarm(self, fault_id: str) -> None:
        assert self.app.world.armory.disarm(fault_id)

    def audit(self) -> Audit:
        return audit([self.tenant])

    def tasks(self) -> dict[str, Task]:
        """All that were ever created, by id."""
        return self.tenant.tasks

    def creates(self) -> list[Record]:
        """What was asked to be created and was, oldest first."""
        return [record for record in self.app.world.journal.find() if record.method == "POST" and record.task]

    def asked(self, method: str) -> list[Record]:
        return [record for record in self.app.world.journal.find() if record.method == method]

    def delete_everything(self) -> None:
        """Know no task any more, as if somebody else had deleted them."""
        for task in self.tasks().values():
            self.tenant.delete(task)

    async def listen(self) -> None:
        """Answer, at the same address as before."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: AbortableProtocol(self._config, self._state, {}), "127.0.0.1", self._port
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Be away: from now on connections are refused, and those that stood are broken."""
        assert self._server is not None, "it listens"
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        for answering in list(self._state.tasks):
            answering.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)


@asynccontextmanager
async def upstream_at(clock: ManualClock) -> AsyncIterator[Upstream]:
    """Run the mock on a free port."""
    upstream = Upstream(clock)
    await upstream.listen()
    try:
        yield upstream
    finally:
        await upstream.leave()
        upstream.app.world.renderer.close()

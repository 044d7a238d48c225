"""The real mock server, in the loop and on the clock of the test, on a socket of its own."""
# ruff: noqa: ANN401 - what it answers is JSON

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from copy import copy
from functools import cache
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from mock_server import prices, spec
from mock_server.app import MockServer
from mock_server.model_table import Body
from mock_server.prices import PriceTable
from mock_server.serving import AbortableProtocol
from mock_server.settings import Settings, Surroundings
from mock_server.world import Rulebook, World
from tests.gateway.flows.clock import ManualClock

KEY = "key_of_the_organisation"
PENDING_SECONDS = 1.0
RUNNING_SECONDS = 10.0


@cache
def _rulebook() -> Rulebook:
    return Rulebook(spec.load(), prices.load())


class PricesOfToday(PriceTable):
    """The mock's prices, all of them `factor` times what they were."""

    def __init__(self, before: PriceTable) -> None:
        super().__init__(before._prices, before._sizes)
        self.factor = 1.0

    def estimate(self, operation: str, body: Body) -> int:
        return int(super().estimate(operation, body) * self.factor)

    def final(self, operation: str, body: Body) -> int:
        return int(super().final(operation, body) * self.factor)


class Upstream:
    """Runway, as the mock plays it, with its control at hand."""

    def __init__(self, clock: ManualClock) -> None:
        settings = Settings(
            tier="unlimited", pending_seconds=PENDING_SECONDS, running_seconds=RUNNING_SECONDS, seed=7
        )
        surroundings = Surroundings(wall=clock.seconds, sleep=clock.sleep)
        rulebook = copy(_rulebook())
        self.prices = rulebook.prices = PricesOfToday(rulebook.prices)
        self.app = MockServer(World(settings, surroundings, rulebook))
        self._config = uvicorn.Config(self.app, http=AbortableProtocol, lifespan="off", log_config=None)
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def arm(self, fault: str, **fields: object) -> str:
        """Arm a fault and tell its id."""
        return str(self._ask("POST", "/_mock/faults", {"fault": fault, **fields})["id"])

    def disarm(self, fault_id: str) -> None:
        """Take a fault back; one that has fired is gone already."""
        self._ask("DELETE", f"/_mock/faults/{fault_id}", or_status=404)

    def disarm_all(self) -> None:
        for armed in self._ask("GET", "/_mock/faults")["data"]:
            self.disarm(armed["id"])

    def audit(self) -> Any:
        return self._ask("GET", "/_mock/audit")

    def tasks(self) -> dict[str, Any]:
        """All that were ever created, by id."""
        self.audit()  # which first lets everything happen that is due
        return {task["id"]: task for task in self._ask("GET", "/_mock/tasks")["data"]}

    def creates(self) -> list[Any]:
        """The requests that created a task, oldest first."""
        return [record for record in self.asked("POST") if "task" in record]

    def asked(self, method: str) -> list[Any]:
        """The requests of one method, oldest first."""
        journal = self._ask("GET", "/_mock/requests")
        assert journal["dropped"] == 0, "the journal holds a whole test"
        return [record for record in journal["data"] if record["method"] == method]

    def delete_everything(self) -> None:
        """Know no task any more, as if somebody else had deleted them."""
        for id in self.tasks():
            self._ask("DELETE", f"/v1/tasks/{id}", or_status=404)

    def set_tier(self, tier: str) -> None:
        self._ask("PATCH", f"/_mock/tenants/{KEY}", {"tier": tier})

    def _ask(self, method: str, path: str, order: object = None, *, or_status: int = 0) -> Any:
        """Ask the mock without a connection. It answers at once, for it waits for nothing."""
        status, body = _answer(self.app, method, path, order)
        assert status < HTTPStatus.BAD_REQUEST or status == or_status, body
        return json.loads(body) if body else None

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


def _answer(app: MockServer, method: str, path: str, order: object) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": json.dumps(order).encode() if order else b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {KEY}".encode()), (b"x-runway-version", b"2024-11-06")],
    }
    with suppress(StopIteration):
        app(scope, receive, send).send(None)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

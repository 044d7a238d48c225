"""The mock server as an ASGI application."""

from contextlib import closing, suppress
from functools import cache

from mock_server import control, prices, refusals, routes, spec
from mock_server.asgi import Answer, ClientLeft, Hangup, Receive, Request, Scope, Send
from mock_server.delivery import deliver
from mock_server.router import Router
from mock_server.routes import downloads, sessions, uploads
from mock_server.settings import Settings, Surroundings
from mock_server.world import Rulebook, World


class MockServer:
    """A bare ASGI application; `world` is its whole state."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._router = _router(world.rulebook.spec)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            self.world.renderer.close()
            return
        assert scope["type"] == "http", "the mock speaks HTTP only"
        request = Request(scope, receive)
        with suppress(ClientLeft), closing(request):
            await deliver(await self._answer(request), request, send, sleep=self.world.surroundings.sleep)

    async def _answer(self, request: Request) -> Answer | Hangup:
        method = "GET" if request.method == "HEAD" else request.method
        found = self._router.find(method, request.path)
        if found is None:
            return refusals.unknown_path()
        if isinstance(found, frozenset):
            return refusals.wrong_method(found)
        endpoint, parameters = found
        return await endpoint(self.world, request, parameters)


def create_app(settings: Settings | None = None, *, surroundings: Surroundings | None = None) -> MockServer:
    """The mock in process: give it to `httpx.ASGITransport`. It opens no connection and starts no timer."""
    return MockServer(World(settings or Settings(), surroundings or Surroundings(), _rulebook()))


@cache
def _rulebook() -> Rulebook:
    """Shared by all applications of this program: it never changes, and takes some 30 ms to read."""
    return Rulebook(spec.load(), prices.load())


def _router(document: spec.Spec) -> Router:
    router = Router()
    for operation in document.operations:
        router.add(operation.method, operation.path, routes.surface_of(operation))
    control.add_routes(router)
    router.add("POST", uploads.FORM.path, uploads.FORM)
    router.add("POST", sessions.CONSUME.path, sessions.CONSUME)
    router.add("GET", downloads.DOWNLOAD.path, downloads.DOWNLOAD)
    return router


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

"""From httpx, synchronous or not and from any thread, to the application, without a socket."""

import asyncio
from concurrent.futures import Future
from threading import Thread
from typing import NoReturn

import httpx

from mock_server.app import MockServer
from mock_server.testing.hosts import refuse_runway


class Bridge(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """All is answered on one event loop in one thread, so that tests may ask from as many as they like."""

    def __init__(self, app: MockServer) -> None:
        self._app = app
        self._transport = httpx.ASGITransport(app)
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._thread = Thread(target=self._run, name="runway-mock", daemon=True)
        self._thread.start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answering = self._begin(request)
        try:
            return answering.result(_seconds_max(request))
        except TimeoutError:
            answering.cancel()
            _time_out(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answering = asyncio.wrap_future(self._begin(request))
        try:
            return await asyncio.wait_for(answering, _seconds_max(request))
        except TimeoutError:
            _time_out(request)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()
        self._app.world.renderer.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._stopped.wait())

    def _begin(self, request: httpx.Request) -> Future[httpx.Response]:
        refuse_runway(request.url.host)
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._loop)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._transport.handle_async_request(request)
            content = await answer.aread()
        except ConnectionResetError as broken:
            raise httpx.RemoteProtocolError(str(broken), request=request) from broken
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content), request=request
        )


def _seconds_max(request: httpx.Request) -> float | None:
    """How long the client would wait for an answer."""
    seconds: float | None = request.extensions.get("timeout", {}).get("read")
    return seconds


def _time_out(request: httpx.Request) -> NoReturn:
    raise httpx.ReadTimeout("the mock took longer than the client waits", request=request) from None

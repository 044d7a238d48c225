"""What a test with the mock changes around it, and puts back at its end."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import httpx
import pytest

from mock_server.testing.bridge import Bridge
from mock_server.testing.hosts import IN_PROCESS, refuse_runway
from mock_server.testing.mock import RunwayMock


@contextmanager
def detour(mock: RunwayMock, bridge: Bridge | None) -> Iterator[None]:
    """The SDK's environment names the mock, httpx finds it, nothing finds Runway. `bridge` if in process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in mock.environment.items():
            patch.setenv(name, value)
        patch.setattr(socket, "getaddrinfo", _guarded(socket.getaddrinfo))
        patch.setattr(
            httpx.HTTPTransport, "handle_request", _routed(httpx.HTTPTransport.handle_request, bridge)
        )
        routed = _routed_async(httpx.AsyncHTTPTransport.handle_async_request, bridge)
        patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", routed)
        if find_spec("runwayml") is not None:
            from mock_server.testing import waits  # noqa: PLC0415 - the SDK is optional, and slow to load

            waits.shorten(patch, lambda: mock.clock.pace)
        yield


def _guarded(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: object, *arguments: object, **options: object) -> Any:  # noqa: ANN401 (as the original)
        name = host.decode() if isinstance(host, bytes) else str(host)
        refuse_runway(name)
        if name == IN_PROCESS:
            pytest.fail(
                "Only httpx reaches the mock in process: use --runway-mock=subprocess.", pytrace=False
            )
        return resolve(host, *arguments, **options)

    return getaddrinfo


def _routed(send: Callable[..., httpx.Response], bridge: Bridge | None) -> Callable[..., httpx.Response]:
    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        refuse_runway(request.url.host)
        if bridge is not None and request.url.host == IN_PROCESS:
            return bridge.handle_request(request)
        return send(transport, request)

    return handle_request


def _routed_async(send: Callable[..., Any], bridge: Bridge | None) -> Callable[..., Any]:
    async def handle_async_request(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> Any:  # noqa: ANN401
        refuse_runway(request.url.host)
        if bridge is not None and request.url.host == IN_PROCESS:
            return await bridge.handle_async_request(request)
        return await send(transport, request)

    return handle_async_request

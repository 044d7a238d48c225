"""Heads of requests, byte by byte over a socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio
import uvicorn

from gateway.web.exchange import Receive, Reply, Scope, Send, send_reply
from gateway.wire import BoundedProtocol
from gateway.worker import QuietServer

HEAD = b"GET / HTTP/1.1\r\nhost: here\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"
ANSWER = b"\r\n\r\nok"
SECONDS_MAX = 5


class Narrow(BoundedProtocol):
    head_bytes_max: ClassVar[int] = 200


class Hasty(BoundedProtocol):
    head_seconds_max: ClassVar[float] = 0.05


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def answer(self, request: bytes) -> bytes:
        """Send a whole request and read its answer."""
        self._writer.write(request)
        async with asyncio.timeout(SECONDS_MAX):
            return await self._reader.readuntil(ANSWER)

    async def rest(self, request: bytes) -> bytes:
        """Send something and read until the server closes."""
        self._writer.write(request)
        async with asyncio.timeout(SECONDS_MAX):
            return await self._reader.read()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@pytest_asyncio.fixture
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """Connect to a server whose protocol is the parameter."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=request.param, lifespan="off", log_config=None)
        server = QuietServer(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        client = Client(*await asyncio.open_connection(*listener.getsockname()))
        yield client
        await client.close()
        server.stop()
        await serving


narrow = pytest.mark.parametrize("client", [Narrow], indirect=True)
hasty = pytest.mark.parametrize("client", [Hasty], indirect=True)


@narrow
async def test_a_head_of_exactly_the_limit_is_answered(client: Client) -> None:
    assert (await client.answer(padded(200))).startswith(b"HTTP/1.1 200 ")


@narrow
async def test_a_larger_head_is_refused_and_its_connection_closed(client: Client) -> None:
    refused = await client.rest(padded(201))

    assert refused.startswith(b"HTTP/1.1 431 ")
    assert refused.endswith(b'"code":"head_too_large"}')


@narrow
async def test_a_head_without_end_is_refused(client: Client) -> None:
    assert (await client.rest(b"GET /" + b"a" * 300)).startswith(b"HTTP/1.1 431 ")


@narrow
async def test_every_head_of_a_connection_may_be_as_large_as_the_limit(client: Client) -> None:
    for _ in range(3):
        assert (await client.answer(padded(200))).startswith(b"HTTP/1.1 200 ")

    assert (await client.rest(padded(201))).startswith(b"HTTP/1.1 431 ")


@narrow
async def test_a_body_may_be_larger_than_a_head(client: Client) -> None:
    body = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\n" + b"a" * 1000

    assert (await client.answer(body)).startswith(b"HTTP/1.1 200 ")


@narrow
@pytest.mark.parametrize("endless", [b"0\r\na: ", b"3;a="])
async def test_what_follows_a_part_of_a_body_has_an_end_too(client: Client, endless: bytes) -> None:
    assert await client.rest(CHUNKED + endless + b"a" * 1000) == b""


@hasty
@pytest.mark.parametrize("begun", [b"", b"G", HEAD])
async def test_a_head_that_does_not_end_in_time_ends_the_connection(client: Client, begun: bytes) -> None:
    assert await client.rest(begun) == b""


@hasty
async def test_the_next_head_of_a_connection_is_waited_for_as_long(client: Client) -> None:
    await client.answer(HEAD + b"\r\n")

    assert await client.rest(HEAD) == b""


@hasty
async def test_an_idle_connection_is_kept(client: Client) -> None:
    await client.answer(HEAD + b"\r\n")
    await asyncio.sleep(2 * Hasty.head_seconds_max)

    assert (await client.answer(HEAD + b"\r\n")).startswith(b"HTTP/1.1 200 ")


async def app(_: Scope, receive: Receive, send: Send) -> None:
    """Answer when the body is complete."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    await send_reply(send, Reply(200, b"ok"))


def padded(length: int) -> bytes:
    """Make a head of a length."""
    opening = HEAD + b"a: "
    return opening + b"a" * (length - len(opening) - 4) + b"\r\n\r\n"

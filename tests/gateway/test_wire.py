"""Heads of requests, byte by byte over a socket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import ClassVar

import pytest
import pytest_asyncio
import uvicorn

from gateway.web.exchange import Receive, Reply, Scope, Send, send_reply
from gateway.wire import MALFORMED, BoundedProtocol
from gateway.worker import QuietServer

HEAD = b"GET / HTTP/1.1\r\nhost: here\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"
POST = b"POST / HTTP/1.1\r\nhost: here\r\n"
UPGRADE = b"connection: upgrade\r\nupgrade: h2c\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: here\r\n\r\n"
AMBIGUOUS = {
    "two equal lengths": POST + b"content-length: 3\r\ncontent-length: 3\r\n\r\nabc",
    "two lengths": POST + b"content-length: 0\r\ncontent-length: 3\r\n\r\n",
    "a list of lengths": POST + b"content-length: 3, 3\r\n\r\nabc",
    "a length with a sign": POST + b"content-length: +3\r\n\r\nabc",
    "a negative length": POST + b"content-length: -1\r\n\r\n",
    "a hexadecimal length": POST + b"content-length: 0x3\r\n\r\nabc",
    "a length without end": POST + b"content-length: 99999999999999999999\r\n\r\n",
    "no length": POST + b"content-length: \r\n\r\n",
    "length and chunks": POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "an unknown coding": POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": POST + b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank after a name": POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": POST + b"x-a: b\r\n c\r\n\r\n",
    "a folded first line": b"POST / HTTP/1.1\r\n host: here\r\n\r\n",
    "bare line feeds": b"POST / HTTP/1.1\nhost: here\n\n",
    "one bare line feed": POST + b"x-a: b\ncontent-length: 0\r\n\r\n",
    "a bare carriage return": POST + b"x-a: b\rcontent-length: 0\r\n\r\n",
    "a zero byte": POST + b"x-a: b\x00c\r\n\r\n",
    "a name with a blank": POST + b"x a: b\r\n\r\n",
    "no name": POST + b": b\r\n\r\n",
    "a chunk that ends in a bare line feed": POST + b"transfer-encoding: chunked\r\n\r\n0\n\n",
    "a chunk of negative length": POST + b"transfer-encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
    "a chunk longer than said": POST + b"transfer-encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
    "a chunk without end": POST + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
    "an unknown method": b"EVIL / HTTP/1.1\r\nhost: here\r\n\r\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a tunnel": b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere\r\n\r\n",
    "bytes in a path": b"GET /\xff\xfe HTTP/1.1\r\nhost: here\r\n\r\n",
    "a body and another protocol": POST + UPGRADE + b"content-length: 3\r\n\r\n",
    "chunks and another protocol": POST + UPGRADE + b"transfer-encoding: chunked\r\n\r\n",
    "a handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}
"""Before a further request, which nobody may answer: a proxy in front may take it for a body."""
KNOWN = b"GET /known HTTP/1.1\r\nhost: here\r\n\r\n"
ANSWER = b"\r\n\r\nok"
SECONDS_MAX = 5


class Narrow(BoundedProtocol):
    head_bytes_max: ClassVar[int] = 200


class Hasty(BoundedProtocol):
    head_seconds_max: ClassVar[float] = 0.05


def known(target: bytes, _headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """Know the answer to one target."""
    return b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nknown" if target == b"/known" else None


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def answer(self, request: bytes, ending: bytes = ANSWER) -> bytes:
        """Send a whole request and read its answer."""
        self._writer.write(request)
        async with asyncio.timeout(SECONDS_MAX):
            return await self._reader.readuntil(ending)

    async def rest(self, request: bytes) -> bytes:
        """Send something and read until the server closes."""
        self._writer.write(request)
        async with asyncio.timeout(SECONDS_MAX):
            return await self._reader.read()

    async def elsewhere(self, request: bytes) -> bytes:
        """Send something on a connection of its own, and read until the server closes."""
        other = Client(*await asyncio.open_connection(*self._writer.get_extra_info("peername")))
        answer = await other.rest(request)
        await other.close()
        return answer

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@pytest_asyncio.fixture
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """Connect to a server whose protocol is the parameter."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=request.param, lifespan="off", log_config=None, log_level="error")
        server = QuietServer(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        client = Client(*await asyncio.open_connection(*listener.getsockname()))
        yield client
        await client.close()
        server.stop()
        await serving


usual = pytest.mark.parametrize("client", [BoundedProtocol], indirect=True)
narrow = pytest.mark.parametrize("client", [Narrow], indirect=True)
hasty = pytest.mark.parametrize("client", [Hasty], indirect=True)
knowing = pytest.mark.parametrize("client", [partial(BoundedProtocol, shortcut=known)], indirect=True)


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
    assert (await client.rest(CHUNKED + endless + b"a" * 1000)).startswith(b"HTTP/1.1 431 ")


@usual
async def test_a_request_that_can_be_read_in_two_ways_is_refused(client: Client) -> None:
    answers = {name: await client.elsewhere(request + SMUGGLED) for name, request in AMBIGUOUS.items()}

    assert {name: answer for name, answer in answers.items() if answer != MALFORMED} == {}


@usual
@pytest.mark.parametrize("first", [HEAD, POST + b"content-length: 3\r\n"], ids=["get", "post"])
async def test_a_refusal_is_never_taken_for_the_answer_to_the_request_before(
    client: Client, first: bytes
) -> None:
    assert await client.rest(first + b"\r\n" + b"abc\x00 no request\r\n\r\n") == b""


@usual
async def test_who_asks_for_another_protocol_is_answered_in_this_one_once(client: Client) -> None:
    answered = await client.rest(HEAD + UPGRADE + b"\r\n" + SMUGGLED)

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answered
    assert answered.count(b"HTTP/1.1 ") == 1


@usual
async def test_a_body_that_breaks_off_its_own_rules_is_refused(client: Client) -> None:
    assert (await client.rest(CHUNKED + b"no length\r\n")).startswith(b"HTTP/1.1 400 ")


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


@knowing
async def test_what_is_known_is_answered_without_the_application(client: Client) -> None:
    for _ in range(3):
        assert (await client.answer(KNOWN, b"known")).endswith(b"\r\n\r\nknown")


@knowing
async def test_a_body_that_nobody_asked_for_is_not_the_next_request(client: Client) -> None:
    with_body = b"GET /known HTTP/1.1\r\nhost: here\r\ncontent-length: 6\r\n\r\nGET /x"

    await client.answer(with_body, b"known")

    assert (await client.answer(HEAD + b"\r\n")).startswith(b"HTTP/1.1 200 ")


@knowing
async def test_a_refusal_is_no_second_answer_to_what_was_known(client: Client) -> None:
    chunked = KNOWN.removesuffix(b"\r\n") + b"transfer-encoding: chunked\r\n\r\n"

    await client.answer(chunked, b"known")

    assert await client.rest(b"no length\r\n") == b""


@usual
async def test_a_refusal_is_no_second_answer_to_what_was_answered_early(client: Client) -> None:
    await client.answer(CHUNKED.replace(b" / ", b" /early "))

    assert await client.rest(b"no length\r\n") == b""


@usual
async def test_a_second_request_on_a_connection_is_refused_with_words_too(client: Client) -> None:
    await client.answer(HEAD + b"\r\n")

    assert await client.rest(AMBIGUOUS["a body and another protocol"]) == MALFORMED


@knowing
async def test_what_is_known_overtakes_no_answer_that_is_under_way(client: Client) -> None:
    answers = await client.rest(HEAD + b"\r\n" + KNOWN + HEAD + b"connection: close\r\n\r\n")

    assert answers.count(ANSWER) == 3
    assert b"known" not in answers


@knowing
@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /other HTTP/1.1\r\nhost: here\r\n\r\n",
        b"HEAD /known HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
        b"POST /known HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\n\r\n",
        b"GET /known HTTP/1.0\r\nhost: here\r\nconnection: keep-alive\r\n\r\n",
        b"GET /known HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n",
        b"GET /known HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
    ],
)
async def test_whatever_is_out_of_the_ordinary_goes_to_the_application(
    client: Client, request_bytes: bytes
) -> None:
    answer = await client.answer(request_bytes, b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: 2\r\n" in answer


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer when the body is complete, or early."""
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        more = message.get("more_body", False)
    await send_reply(send, Reply(200, b"ok"))


def padded(length: int) -> bytes:
    """Make a head of a length."""
    opening = HEAD + b"a: "
    return opening + b"a" * (length - len(opening) - 4) + b"\r\n\r\n"

"""Requests and answers, as thin as they can be over bare ASGI."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PARTINGS_EXTENSION = "runway_mock.partings"
"""Where the server puts a function for each Parting."""


class Parting(StrEnum):
    """How a connection ends before its answer does."""

    CLOSE = "close"  # in good order: what was sent arrives, and then nothing
    RESET = "reset"  # the client's system reports an error


class ClientLeft(Exception):
    """The connection ended before the request did; there is nobody to answer."""


class BodyTooLarge(Exception):
    """The body is longer than the bound."""


class Whole(msgspec.Struct, frozen=True):
    """The body comes at once."""


class Dripping(msgspec.Struct, frozen=True):
    """The body comes in pieces, spread over so many seconds of real time."""

    seconds: float


class CutOff(msgspec.Struct, frozen=True):
    """The connection closes when this share of the body was sent."""

    share: float


Manner = Whole | Dripping | CutOff


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    manner: Manner = Whole()

    def with_header(self, name: str, value: str) -> "Answer":
        added = (name.lower().encode(), value.encode())
        return msgspec.structs.replace(self, headers=(*self.headers, added))


class Hangup(msgspec.Struct, frozen=True):
    """Instead of an answer: the connection ends without a byte."""

    parting: Parting = Parting.CLOSE
    status: int = 0  # what the journal shows


JSON_HEADERS = ((b"content-type", b"application/json"),)


def json_answer(value: object, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(value), JSON_HEADERS)


class Request:
    """One HTTP request. Header names are lower case."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._scope = scope
        self._receive = receive
        self._closing: list[Callable[[], None]] = []

    @cached_property
    def headers(self) -> dict[str, str]:
        return {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._scope["headers"]
        }

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self._scope["query_string"].decode("latin-1"), keep_blank_values=True))

    @property
    def origin(self) -> str:
        """Scheme and host as the client named them."""
        return f"{self._scope.get('scheme', 'http')}://{self.headers.get('host', 'localhost')}"

    def when_done(self, close: Callable[[], None]) -> None:
        """Calls it when the last byte of the answer is out, or the client is gone."""
        self._closing.append(close)

    def close(self) -> None:
        while self._closing:
            self._closing.pop()()

    async def hang_up(self, parting: Parting) -> None:
        """Ends the connection, and waits until it has ended."""
        partings = self._scope.get("extensions", {}).get(PARTINGS_EXTENSION)
        if partings is None:  # in process there is no connection; the caller sees what a client would
            raise ConnectionResetError("the mock closed the connection, as a fault told it to")
        partings[parting]()
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; raises ClientLeft."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def body(self, bytes_max: int) -> bytes:
        """All of it; raises BodyTooLarge as soon as it is longer than `bytes_max`."""
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > bytes_max:
                raise BodyTooLarge
            parts.append(chunk)
        return b"".join(parts)

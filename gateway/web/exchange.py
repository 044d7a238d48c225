"""One HTTP request on the bare ASGI interface: bounded reading in, one answer out."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.rules.refusals import Busy, Invalid, TooLarge, TooSlow
from gateway.web.problems import Problem

Scope = MutableMapping[str, Any]
Headers = Sequence[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES_MAX = 32 * 1024 * 1024
"""Several reference images of 5 MB each as data URIs fit; anything larger belongs in an upload."""
IN_FLIGHT_BYTES_MAX = 256 * 1024 * 1024
"""Of all bodies that are being read or worked on at once."""
TEAM_SHARE = 4
"""One team's bodies take at most a quarter of that, or one body where a quarter is less."""
READ_SECONDS_MAX = 60
"""A body of the largest size arrives in time on a line of 5 Mbit/s."""
NESTING_MAX = 32
CONTAINERS_MAX = 10_000
"""Objects and lists in one body: far more than any request of Runway's has."""
COMMAS_MAX = 50_000
"""Values in one list or object are told apart by commas; each value costs a worker time to check."""
_TOO_DEEP = f"The JSON body nests deeper than {NESTING_MAX} levels"

_CONTROL = re.compile(rb"%[01][0-9a-fA-F]|%7[fF]|[\x00-\x1f\x7f]")
JSON = (b"content-type", b"application/json")


class Reply(Struct, frozen=True):
    """An answer with a body of bytes."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class Bodies:
    """Reads request bodies and keeps count of the bytes in flight, of each owner's and of all."""

    def __init__(
        self,
        *,
        bytes_max: int = BODY_BYTES_MAX,
        in_flight_max: int = IN_FLIGHT_BYTES_MAX,
        seconds_max: float = READ_SECONDS_MAX,
    ) -> None:
        self._bytes_max = bytes_max
        self._in_flight_max = in_flight_max
        self._share_max = max(bytes_max, in_flight_max // TEAM_SHARE)
        self._seconds_max = seconds_max
        self._in_flight: Counter[str] = Counter()

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive, *, owner: str) -> bytes:
        """Read one body of an owner whole; `release` its length when the request is over.

        Raises TooLarge, TooSlow, Busy, Invalid for an encoded body, ClientGone.
        """
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise Invalid("Send the body as it is: Content-Encoding is not supported")
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds_max):
                while await self._read_part(body, receive, owner):
                    pass
        except TimeoutError:
            self.release(len(body), owner=owner)
            raise TooSlow(self._seconds_max) from None
        except BaseException:
            self.release(len(body), owner=owner)
            raise
        return bytes(body)

    def release(self, count: int, *, owner: str) -> None:
        self._in_flight[owner] -= count
        if not self._in_flight[owner]:
            del self._in_flight[owner]

    async def _read_part(self, body: bytearray, receive: Receive, owner: str) -> bool:
        """Add the next part; tell whether there is more."""
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        if len(body) + len(part) > self._bytes_max:
            raise TooLarge(self._bytes_max)
        if self._in_flight.total() + len(part) > self._in_flight_max:
            raise Busy("request bodies in flight", retry_after=1)
        if self._in_flight[owner] + len(part) > self._share_max:
            raise Busy("one team's request bodies in flight", retry_after=1)
        self._in_flight[owner] += len(part)
        body += part
        return bool(message.get("more_body", False))


def parse_object(body: bytes) -> dict[str, object]:
    """Parse a JSON object that nests at most `NESTING_MAX` deep.

    Raises Invalid with what is wrong and where; never with the body's content.
    """
    if body.count(b"{") + body.count(b"[") > CONTAINERS_MAX:
        raise Invalid(f"The JSON body holds more than {CONTAINERS_MAX} objects and lists")
    if body.count(b",") > COMMAS_MAX:
        raise Invalid(f"The JSON body holds more than {COMMAS_MAX} commas")
    try:
        parsed = msgspec.json.decode(body)
    except UnicodeDecodeError:
        raise Invalid("The body is not valid JSON: invalid UTF-8") from None
    except msgspec.DecodeError as wrong:
        raise Invalid(f"The body is not valid JSON: {_what(wrong)}") from None
    except RecursionError:
        raise Invalid(_TOO_DEEP) from None
    if not isinstance(parsed, dict):
        raise Invalid("The body must be a JSON object")
    if _is_deeper(parsed, NESTING_MAX):
        raise Invalid(_TOO_DEEP)
    return parsed


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    return any(
        _is_deeper(inner, levels - 1) for inner in (value.values() if isinstance(value, dict) else value)
    )


def _what(wrong: msgspec.DecodeError) -> str:
    """Tell what is wrong and at which byte; without a type to decode to, the library quotes no content."""
    return str(wrong).removeprefix("JSON is malformed: ")


def header_map(headers: Headers) -> dict[bytes, bytes]:
    """Collect headers by lower-case name; of a repeated one the first counts."""
    return dict(reversed(headers))


def is_plain(scope: Scope) -> bool:
    """Tell whether path and query are free of control characters, which no store and no log is to see."""
    return scope["path"].isprintable() and not _CONTROL.search(scope["query_string"])


async def is_gone(receive: Receive) -> bool:
    """Tell whether the client has closed the connection already. Only after the body was read."""
    waiting = asyncio.ensure_future(receive())
    await asyncio.sleep(0)
    gone = waiting.done()
    waiting.cancel()
    return gone


async def send_reply(send: Send, reply: Reply) -> None:
    """Send an answer whole."""
    length = (b"content-length", str(len(reply.body)).encode())
    headers = [*reply.headers, length] if reply.status != 204 else list(reply.headers)  # noqa: PLR2004
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def reply_to(problem: Problem) -> Reply:
    """Make an answer of a problem."""
    own = tuple((name.encode(), value.encode()) for name, value in problem.headers.items())
    return Reply(problem.status, problem.body, (JSON, *own))

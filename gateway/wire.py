"""HTTP/1.1 as it comes off a connection: no head without end, and a shortcut for what is known already."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024
"""Of a request line with its headers, and of whatever else comes between two parts of a body."""
HEAD_SECONDS_MAX = 10.0
"""From the first byte of a head, or from connecting, to its end."""


def _refusal(status: str, error: str, code: str) -> bytes:
    """Write an answer after which the connection is closed."""
    body = f'{{"error":"{error}","code":"{code}"}}'
    head = ("connection: close", "x-should-retry: false", "content-type: application/json")
    return "\r\n".join((f"HTTP/1.1 {status}", *head, f"content-length: {len(body)}", "", body)).encode()


TOO_LARGE = _refusal(
    "431 Request Header Fields Too Large", "The head of the request is too large", "head_too_large"
)
MALFORMED = _refusal(
    "400 Bad Request",
    "The request is not well-formed HTTP/1.1, or asks for another protocol",
    "malformed_request",
)


class Ambiguous(Exception):
    """Where this request ends and the next one begins is not certain."""


Shortcut = Callable[[bytes, Sequence[tuple[bytes, bytes]]], bytes | None]
"""From the target and the headers of a GET to a whole answer; None when that takes more."""


class ShortcutProtocol(HttpToolsProtocol):
    """Answers a head that a shortcut knows the answer to, and makes no request of it.

    The task, the messages and the checks of an ASGI request cost more than such an answer. Whatever is out of
    the ordinary goes to the application: another version of HTTP, a connection that ends with the answer, an
    answer before it that is still under way, a client that does not read.
    """

    def __init__(self, *arguments: Any, shortcut: Shortcut | None = None, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self._shortcut = shortcut
        self._is_answered = False

    def on_headers_complete(self) -> None:
        answer = self._known_answer()
        self._is_answered = answer is not None
        if answer is None:
            super().on_headers_complete()
        else:
            self.transport.write(answer)
            self.on_response_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_answered:
            super().on_message_complete()

    def _known_answer(self) -> bytes | None:
        if self._shortcut is None or self.parser.get_method() != b"GET" or not self._is_ordinary():
            return None
        return self._shortcut(self.url, self.headers)

    def _is_ordinary(self) -> bool:
        return (
            not self._is_answering()
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and not self.parser.should_upgrade()
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
        )

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


class BoundedProtocol(ShortcutProtocol):
    """Counts what the parser has taken and not given on: that is what a stranger can make it keep."""

    head_bytes_max: ClassVar[int] = HEAD_BYTES_MAX
    head_seconds_max: ClassVar[float] = HEAD_SECONDS_MAX

    _kept = 0
    _is_in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head and self._deadline is None:
            self._set_deadline()
        while data and not self.transport.is_closing():
            room = self.head_bytes_max - self._kept
            if room == 0:
                self._refuse(TOO_LARGE)
                return
            part, data = data[:room], data[room:]
            self._kept += len(part)
            super().data_received(part)

    def on_headers_complete(self) -> None:
        """Begin to answer. Who asks for another protocol is answered in this one, and is done then.

        The parser takes a body that comes with such a wish for the next request, so there must be none.
        """
        switches = self.parser.should_upgrade()
        if switches and any(map(_announces_body, self.headers)):
            raise Ambiguous
        super().on_headers_complete()
        if switches:
            self.cycle.keep_alive = False
        self._kept, self._is_in_head = 0, False
        self._drop_deadline()

    def on_body(self, body: bytes) -> None:
        self._kept = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept, self._is_in_head = 0, True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser refused, in our own words."""
        del msg
        self._refuse(MALFORMED)

    def _refuse(self, answer: bytes) -> None:
        """Say why, unless that would be taken for the answer to another request, or run into one."""
        is_next = not self._is_answering() if self._is_in_head else self._waits_for_body()
        if is_next:
            self.transport.write(answer)
        self.transport.close()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds_max, self._give_up)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """Close; but while an answer is under way, the next request need not be complete."""
        if self._is_answering():
            self._set_deadline()
        else:
            self.transport.close()

    def _waits_for_body(self) -> bool:
        """Tell whether nothing was answered yet to the request whose body comes in, and none is before it."""
        return not (self._is_answered or self.cycle.response_started or self.pipeline)


def _announces_body(header: tuple[bytes, bytes]) -> bool:
    name, value = header
    return name == b"transfer-encoding" or (name == b"content-length" and value.strip(b" \t0") != b"")

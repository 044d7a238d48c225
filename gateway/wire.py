"""HTTP/1.1 as it comes off a connection: no head without end, and nobody who never ends one."""

import asyncio
from typing import ClassVar

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


class BoundedProtocol(HttpToolsProtocol):
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
        self._kept, self._is_in_head = 0, False
        self._drop_deadline()
        switches = self.parser.should_upgrade()
        if switches and any(map(_announces_body, self.headers)):
            raise Ambiguous
        super().on_headers_complete()
        if switches:
            self.cycle.keep_alive = False

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
        if not self._is_answering() or self._waits_for_body():
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

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _waits_for_body(self) -> bool:
        """Tell whether nothing was answered yet to the request whose body comes in, and none is before it."""
        return not (self._is_in_head or self.cycle.response_started or self.pipeline)


def _announces_body(header: tuple[bytes, bytes]) -> bool:
    name, value = header
    return name == b"transfer-encoding" or (name == b"content-length" and value.strip(b" \t0") != b"")

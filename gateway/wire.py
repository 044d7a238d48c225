"""HTTP/1.1 as it comes off a connection: no head without end, and nobody who never ends one."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024
"""Of a request line with its headers, and of whatever else comes between two parts of a body."""
HEAD_SECONDS_MAX = 10.0
"""From the first byte of a head, or from connecting, to its end."""

TOO_LARGE = b'{"error":"The head of the request is too large","code":"head_too_large"}'
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\nx-should-retry: false\r\n"
    b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(TOO_LARGE), TOO_LARGE)
)


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
                self._refuse()
                return
            part, data = data[:room], data[room:]
            self._kept += len(part)
            super().data_received(part)

    def on_headers_complete(self) -> None:
        self._kept, self._is_in_head = 0, False
        self._drop_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept, self._is_in_head = 0, True
        super().on_message_complete()

    def _refuse(self) -> None:
        """Say why, unless that would run into the answer to the request before."""
        if not self._is_answering():
            self.transport.write(REFUSAL)
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

"""Writes lines from a thread of its own: whoever reads them may stand still, and the event loop goes on."""

import os
from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue
from select import PIPE_BUF
from threading import Event, Thread

WAITING_MAX = 10_000
"""Lines that wait for a reader that stands still: a few MB."""
TOGETHER_MAX = 100
"""Lines that are taken at once, so that a busy event loop is interrupted less often."""
AGAIN_SECONDS = 1.0
"""How soon a full disk is tried again."""
END_SECONDS = 2.0
"""How long the end waits for a reader that stands still."""


class Writer:
    """Writes to a file descriptor, around Python's own buffer, whose lock a thread that hangs would hold."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._closing = Event()
        self._thread = Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def write(self, lines: str) -> None:
        """Leave lines to the thread. Raises BlockingIOError when too many wait: these are lost."""
        if self._waiting.qsize() >= WAITING_MAX:
            raise BlockingIOError
        self._waiting.put(lines.encode())

    def close(self) -> None:
        """Write what waits, within bounds."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join(END_SECONDS)

    def _work(self) -> None:
        for first in iter(self._waiting.get, None):
            for piece in _pieces([first, *self._more()]):
                self._write_out(piece)

    def _more(self) -> Iterator[bytes]:
        for _ in range(TOGETHER_MAX - 1):
            try:
                lines = self._waiting.get_nowait()
            except Empty:
                return
            if lines is None:
                self._waiting.put(None)
                return
            yield lines

    def _write_out(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except OSError:
                if self._closing.wait(AGAIN_SECONDS):
                    return


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines up to what a pipe takes whole, for other workers write to the same one."""
    piece = b""
    for line in lines:
        if piece and len(piece) + len(line) > PIPE_BUF:
            yield piece
            piece = b""
        piece += line
    yield piece

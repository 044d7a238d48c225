"""The thread that writes the log, at the pipe of a reader that may stand still."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from select import PIPE_BUF
from threading import Thread
from time import monotonic

import pytest

from gateway.telemetry.writer import END_SECONDS, WAITING_MAX, Writer
from tests.support.waiting import wait_until

LINE = "x" * 199 + "\n"
PIPE_BYTES = 64 * 1024


class Pipe:
    """A pipe, and what has come out of it since somebody reads."""

    def __init__(self) -> None:
        self.out, self.into = os.pipe()
        self._read = b""
        self._reader = Thread(target=self._take, daemon=True)

    def read_on(self) -> None:
        self._reader.start()

    def all(self) -> str:
        """Read to the end, after which nobody can write any more."""
        os.close(self.into)
        if self._reader.ident is None:
            self.read_on()
        self._reader.join()
        return self._read.decode()

    def _take(self) -> None:
        while piece := os.read(self.out, PIPE_BYTES):
            self._read += piece


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    for fd in (pipe.out, pipe.into):
        with suppress(OSError):
            os.close(fd)


def test_lines_come_out_in_their_order(pipe: Pipe) -> None:
    lines = [f"{number}\n" for number in range(1000)]

    with closing(Writer(pipe.into)) as writer:
        for line in lines:
            writer.write(line)

    assert pipe.all() == "".join(lines)


def test_a_reader_that_stands_still_stops_nobody(pipe: Pipe) -> None:
    writer = Writer(pipe.into)

    taken = _fill(writer)

    assert WAITING_MAX <= taken <= WAITING_MAX + 2 * PIPE_BYTES // len(LINE)
    pipe.read_on()
    writer.close()
    assert pipe.all() == taken * LINE


def test_a_reader_that_goes_on_gets_the_next_lines(pipe: Pipe) -> None:
    writer = Writer(pipe.into)
    taken = _fill(writer)

    pipe.read_on()
    wait_until(lambda: _is_taken(writer, "after\n"), "room")

    writer.close()
    assert pipe.all() == taken * LINE + "after\n"


def test_the_end_waits_only_so_long(pipe: Pipe) -> None:
    writer = Writer(pipe.into)
    _fill(writer)
    begin = monotonic()

    writer.close()

    assert END_SECONDS <= monotonic() - begin < END_SECONDS + 2
    pipe.read_on()
    writer._thread.join()
    pipe.all()


def test_a_reader_that_is_gone_holds_up_no_end(pipe: Pipe) -> None:
    writer = Writer(pipe.into)
    os.close(pipe.out)
    writer.write(LINE)
    begin = monotonic()

    writer.close()

    assert monotonic() - begin < END_SECONDS
    assert not writer._thread.is_alive()


def test_lines_of_several_writers_do_not_mix(pipe: Pipe) -> None:
    names = "abc"
    writers = [Writer(pipe.into) for _ in names]
    pipe.read_on()

    for _ in range(500):
        for name, writer in zip(names, writers, strict=True):
            writer.write(name * (PIPE_BUF // 3) + "\n")
    for writer in writers:
        writer.close()

    lines = pipe.all().splitlines()
    assert len(lines) == 500 * len(names)
    assert all(len(set(line)) == 1 and len(line) == PIPE_BUF // 3 for line in lines)


def test_a_file_that_takes_no_more_gets_the_rest_once_it_does(tmp_path: Path) -> None:
    path = tmp_path / "log"
    was, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with path.open("wb", buffering=0) as file, closing(Writer(file.fileno())) as writer:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(LINE) // 2, most))
            writer.write(LINE)
            wait_until(lambda: path.stat().st_size == len(LINE) // 2, "half a line")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (was, most))
            signal.signal(signal.SIGXFSZ, before)

        wait_until(lambda: path.read_text() == LINE, "the rest")


def _fill(writer: Writer) -> int:
    """Write until nothing is taken any more: the pipe is full then, and so is the queue behind it."""
    taken = 0
    while _is_taken(writer, LINE):
        taken += 1
    return taken


def _is_taken(writer: Writer, line: str) -> bool:
    try:
        writer.write(line)
    except BlockingIOError:
        return False
    return True

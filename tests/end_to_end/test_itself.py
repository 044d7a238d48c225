"""A gateway whose upstream leads back to it: refused at start where that shows, else at each request."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
import runwayml

from tests.end_to_end.clips import create
from tests.support.gateway import running_gateway, started_gateway
from tests.support.sdk import sdk_of
from tests.support.stores import free_port


@dataclass
class Detour:
    """An address that leads to another, which is named later."""

    url: str
    target: int = 0


class _Join(BaseRequestHandler):
    """Joins a connection to one of its own."""

    server: "_Server"

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.detour.target)) as there:
            back = Thread(target=_copy, args=(there, self.request))
            back.start()
            _copy(self.request, there)
            back.join()


class _Server(ThreadingTCPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Join)
        self.detour = Detour(f"http://127.0.0.1:{self.server_address[1]}")


@contextmanager
def detour() -> Iterator[Detour]:
    with _Server() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.detour
        server.shutdown()
    thread.join()


def test_a_gateway_that_is_its_own_upstream_does_not_start(tmp_path: Path) -> None:
    port = free_port()

    with started_gateway(tmp_path, f"http://localhost:{port}", port=port) as program:
        code = program.exit_code()

    assert code == 1
    assert "is the gateway itself" in program.said()
    assert "unset it where it points clients at the gateway" in program.said()
    assert "Traceback" not in program.said()


def test_a_gateway_that_reaches_itself_by_a_detour_refuses_its_own_requests(tmp_path: Path) -> None:
    with detour() as way, running_gateway(tmp_path, way.url) as gateway:
        way.target = int(gateway.url.rpartition(":")[2])
        team = gateway.add_team()
        with sdk_of(gateway, team) as sdk, pytest.raises(runwayml.BadRequestError) as refused:
            create(sdk)
        usage = gateway.usage(team.id)

    assert "This request came from a gateway" in refused.value.response.text
    assert (usage["spent"], usage["reserved"], usage["unclear"]) == (0, 0, 0)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until the source ends, and then end too."""
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)

"""A gateway's administration on a real socket, and a terminal to ask it from."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
from click import Group
from click.testing import CliRunner, Result

from gateway.commands import COMMANDS
from gateway.ledger.embedded import EmbeddedValkey
from gateway.records.migrate import migrate
from tests.gateway.web.office import ADMIN_KEY, Office, open_office

SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Branch:
    """An office that serves, in a thread of its own."""

    url: str
    office: Office
    loop: asyncio.AbstractEventLoop

    def carry_out(self, work: Callable[[Office], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 (whatever it is)
        """Carry out something in the office's own thread."""
        return asyncio.run_coroutine_threadsafe(work(self.office), self.loop).result(SECONDS_MAX)


@pytest.fixture(scope="session")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    with _serving(tmp_path_factory.mktemp("branch")) as branch:
        yield branch


@dataclass(frozen=True)
class Terminal:
    """A shell in a folder, with `GATEWAY_URL` and `GATEWAY_ADMIN_KEY` set as a test says."""

    environment: dict[str, str | None]

    def run(self, *words: str, typed: str | None = None) -> Result:
        """Run `runway-gateway` with some words."""
        program = Group("runway-gateway", commands=list(COMMANDS))
        return CliRunner(env=self.environment).invoke(program, words, input=typed)

    def ok(self, *words: str, typed: str | None = None) -> str:
        """Run a command that must succeed and answer its standard output."""
        result = self.run(*words, typed=typed)
        assert result.exit_code == 0, result.output
        return result.stdout


@pytest.fixture
def terminal(branch: Branch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal({"GATEWAY_URL": branch.url, "GATEWAY_ADMIN_KEY": ADMIN_KEY})


@contextmanager
def _serving(folder: Path) -> Iterator[Branch]:
    opened: Future[tuple[Branch, Callable[[], None]]] = Future()
    thread = Thread(target=lambda: asyncio.run(_serve(folder, opened)))
    thread.start()
    branch, close = opened.result(SECONDS_MAX)
    yield branch
    close()
    thread.join(SECONDS_MAX)


async def _serve(folder: Path, opened: "Future[tuple[Branch, Callable[[], None]]]") -> None:
    database_url = f"sqlite:///{folder / 'records.db'}"
    migrate(database_url)
    valkey = EmbeddedValkey(folder / "valkey")
    await valkey.start()
    async with open_office(database_url, valkey.url) as office:
        settings = uvicorn.Config(office.app, port=0, lifespan="off", ws="none", log_config=None)
        server, loop, listening = uvicorn.Server(settings), asyncio.get_running_loop(), settings.bind_socket()
        host, port = listening.getsockname()
        closed = asyncio.Event()
        serving = asyncio.create_task(server.serve([listening]))

        def close() -> None:
            loop.call_soon_threadsafe(closed.set)

        opened.set_result((Branch(f"http://{host}:{port}", office, loop), close))
        await closed.wait()
        server.should_exit = True
        await serving
        listening.close()
    await valkey.stop()

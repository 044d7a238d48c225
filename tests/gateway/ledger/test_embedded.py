"""The embedded Valkey: private, bounded, and gone when its gateway is."""

import asyncio
import os
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.ledger import embedded
from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey, NotStarted
from gateway.ledger.leftover import END_SECONDS_MAX, Leftover, note, pid_at, within
from gateway.ledger.redis_ledger import RedisLedger

START_SECONDS_MAX = 5.0

A_GATEWAY = """
import asyncio, pathlib, sys
from gateway.ledger.embedded import EmbeddedValkey

async def main():
    valkey = EmbeddedValkey(pathlib.Path(sys.argv[1]))
    await valkey.start()
    print(valkey.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest_asyncio.fixture
async def far_away(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """One whose folder has a longer name than sockets may have."""
    valkey = EmbeddedValkey(tmp_path / ("long" * 30))
    await valkey.start()
    yield valkey
    await valkey.stop()


async def test_it_is_good_for_a_ledger(valkey: EmbeddedValkey) -> None:
    ledger = RedisLedger(connect(valkey.url))

    await ledger.check()

    await ledger.disconnect()


async def test_only_its_user_can_reach_it(valkey: EmbeddedValkey) -> None:
    client = connect(valkey.url)

    settings = await client.config_get("port", "save", "appendonly", "unixsocket")

    socket = Path(settings["unixsocket"] or "")
    assert (settings["port"], settings["save"], settings["appendonly"]) == ("0", "", "no")
    assert _mode(socket) == 0o700
    assert _mode(socket.parent) == 0o700
    await client.aclose()


async def test_a_folder_with_a_long_name_gets_its_socket_elsewhere(far_away: EmbeddedValkey) -> None:
    socket = Path(far_away.url.removeprefix("unix://"))

    assert await pid_at(socket) == far_away.pid
    assert _mode(socket.parent) == 0o700
    await far_away.stop()
    assert not socket.parent.exists()


async def test_nowhere_to_put_the_socket_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    with pytest.raises(NotStarted, match="TMPDIR"):
        await EmbeddedValkey(long).start()


async def test_one_that_does_not_start_says_where_to_read_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(embedded.SETTINGS, "maxmemory-policy", "whatever")

    with pytest.raises(NotStarted, match=r"valkey\.log says why"):
        await EmbeddedValkey(tmp_path).start()

    assert "maxmemory-policy" in _text(tmp_path / "valkey.log")


async def test_it_goes_when_its_gateway_is_killed(tmp_path: Path) -> None:
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-c", A_GATEWAY, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert gateway.stdout is not None
    pid = int(await gateway.stdout.readline())

    gateway.kill()
    await gateway.wait()

    assert await within(END_SECONDS_MAX, lambda: _is_gone(pid))


async def test_what_a_crash_left_is_ended_even_when_frozen(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    os.kill(valkey.pid, signal.SIGSTOP)
    after = EmbeddedValkey(tmp_path / "valkey")

    await after.start()

    assert await within(END_SECONDS_MAX, lambda: _is_gone(valkey.pid))
    assert after.pid != valkey.pid
    await after.stop()


async def test_another_program_with_the_noted_number_is_left_alone(tmp_path: Path) -> None:
    bystander = await asyncio.create_subprocess_exec("sleep", "60")
    note(tmp_path, Leftover(bystander.pid, str(tmp_path / "valkey.sock")))
    valkey = EmbeddedValkey(tmp_path)

    await valkey.start()

    assert bystander.returncode is None
    assert not await _is_gone(bystander.pid)
    bystander.kill()
    await bystander.wait()
    await valkey.stop()


@pytest_asyncio.fixture
async def kept_alive(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EmbeddedValkey]:
    monkeypatch.setattr(embedded, "RESTART_SECONDS", 0.0)
    keeping = asyncio.create_task(valkey.keep_alive())
    yield valkey
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_a_dead_one_is_started_again_where_it_was(kept_alive: EmbeddedValkey) -> None:
    first, url = kept_alive.pid, kept_alive.url

    os.kill(first, signal.SIGKILL)

    assert await within(START_SECONDS_MAX, lambda: _answers_anew(url, first))
    assert kept_alive.url == url


async def test_one_that_cannot_start_is_tried_until_it_can(
    kept_alive: EmbeddedValkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def has_failed() -> bool:
        return "maxmemory-policy" in _text(tmp_path / "valkey" / "valkey.log")

    first, url = kept_alive.pid, kept_alive.url
    with monkeypatch.context() as broken:
        broken.setitem(embedded.SETTINGS, "maxmemory-policy", "whatever")
        os.kill(first, signal.SIGKILL)
        assert await within(START_SECONDS_MAX, has_failed)

    assert await within(START_SECONDS_MAX, lambda: _answers_anew(url, first))


async def test_a_frozen_one_stops_all_the_same(valkey: EmbeddedValkey) -> None:
    os.kill(valkey.pid, signal.SIGSTOP)

    await valkey.stop()

    assert await _is_gone(valkey.pid)


async def _answers_anew(url: str, before: int) -> bool:
    return await pid_at(Path(url.removeprefix("unix://"))) not in (None, before)


async def _is_gone(pid: int) -> bool:
    return _state(pid) in (None, "Z")


def _state(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return None


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _text(path: Path) -> str:
    return path.read_text()

"""The mock server: polls and creates on one core, memory of many tasks, how soon it is ready, its plugin."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from runwayml import RunwayML

from mock_server.testing import RunwayMock, places
from mock_server.testing.detour import detour
from tests.benchmarks import requests
from tests.benchmarks.cores import MEASURED, resident_megabytes, running_on
from tests.benchmarks.findings import Finding, middle
from tests.benchmarks.scene import MOCK, Bench, Target, target
from tests.support.mock import UPSTREAM_KEY, Mock, running_mock

POLLED = 100
STARTS = 5
WAITS = 30
ROUNDS = 5


def measure(bench: Bench) -> Iterator[Finding]:
    yield Finding(subject="mock, ready after", figure=_start_seconds(bench), unit="s")
    yield Finding(subject="mock, SDK waits for a clip with the plugin", figure=_wait_ms(), unit="ms")
    count = bench.scale(100_000, 5_000)
    with _measured_mock(bench.place("measured")) as mock:
        server = target(mock)
        creates = [requests.create(f"take {number}", UPSTREAM_KEY) for number in range(1_000)]
        yield from _rates("creates", server, creates, count // ROUNDS)
        megabytes = resident_megabytes(server.pid)
        yield Finding(subject=f"mock, memory with {count:,} tasks", figure=megabytes, unit="MB")
        polls = [requests.poll(task, UPSTREAM_KEY) for task in _some_tasks(mock)]
        yield from _rates("polls", server, polls, bench.scale(10_000, 2_000))


def _rates(what: str, server: Target, sent: list[bytes], count: int) -> Iterator[Finding]:
    """In rounds, of which the middle counts: a disturbance meets some of them."""
    loads = [server.load(sent, count) for _ in range(ROUNDS)]
    by_clock = middle(load.per_second for load in loads)
    by_cpu = middle(load.per_cpu_second for load in loads)
    yield Finding(subject=f"mock, {what} by the clock", figure=by_clock, unit="/s")
    yield Finding(subject=f"mock, {what}", figure=by_cpu, unit="/s of CPU")


@contextmanager
def _measured_mock(folder: Path) -> Iterator[Mock]:
    with ExitStack() as stack:
        with running_on(MEASURED):
            mock = stack.enter_context(running_mock(folder, *MOCK))
        yield mock


def _some_tasks(mock: Mock) -> list[str]:
    answer = mock.control.get("/_mock/tasks", params={"last": POLLED})
    return [task["id"] for task in answer.raise_for_status().json()["data"]]


def _start_seconds(bench: Bench) -> float:
    """From the command to the line that says where it listens."""
    folder = bench.place("start")
    folder.mkdir()
    with running_on(MEASURED):
        return middle(_one_start(folder) for _ in range(STARTS))


def _one_start(folder: Path) -> float:
    began = time.perf_counter()
    order = [sys.executable, "-m", "mock_server", "--port", "0"]
    with subprocess.Popen(order, stdout=subprocess.PIPE, cwd=folder, text=True) as program:
        assert program.stdout is not None, "the output is a pipe"
        program.stdout.readline()
        seconds = time.perf_counter() - began
        program.terminate()
    return seconds


def _wait_ms() -> float:
    """`create().wait_for_task_output()` of the unchanged SDK, as a test with the fixtures has it."""
    with places.inside() as place:
        mock = RunwayMock(place.control, key="key_of_the_benchmark", transport=place.bridge)
        with detour(mock, place.bridge), mock.client() as client:
            return middle(_one_wait(client) for _ in range(WAITS)) * 1000


def _one_wait(client: RunwayML) -> float:
    began = time.perf_counter()
    client.image_to_video.create(
        model="gen4_turbo", prompt_image="https://example.com/first.png", ratio="1280:720", duration=5
    ).wait_for_task_output()
    return time.perf_counter() - began

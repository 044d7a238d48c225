"""Where the mock of a test session runs: in its own process, or as a program beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from mock_server.app import create_app
from mock_server.settings import PROFILES
from mock_server.testing.bridge import Bridge
from mock_server.testing.hosts import IN_PROCESS

PROFILE = "tests"
STOP_SECONDS_MAX = 10.0


class Place:
    """`bridge` is None for a program that listens on a port."""

    def __init__(self, control: httpx.Client, bridge: Bridge | None) -> None:
        self.control = control
        self.bridge = bridge


@contextmanager
def inside() -> Iterator[Place]:
    """Its URL is https, so that an output may become the input of another task, as Runway's can."""
    bridge = Bridge(create_app(PROFILES[PROFILE]))
    try:
        with httpx.Client(transport=bridge, base_url=f"https://{IN_PROCESS}") as control:
            yield Place(control, bridge)
    finally:
        bridge.stop()


@contextmanager
def beside() -> Iterator[Place]:
    """On a free port; without our environment's settings for the SDK, and ended with the session."""
    order = [sys.executable, "-m", "mock_server", "--port", "0", "--profile", PROFILE]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUNWAYML_")}
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True, env=environment) as program:  # noqa: S603 (ours)
        try:
            with httpx.Client(base_url=_address(program), trust_env=False) as control:
                yield Place(control, None)
        finally:
            program.terminate()
            program.wait(STOP_SECONDS_MAX)


def _address(program: subprocess.Popen[str]) -> str:
    """It says where it listens on its first line."""
    assert program.stdout is not None, "the output is a pipe"
    line = program.stdout.readline().split()
    if not line:
        raise RuntimeError("runway-mock did not start")
    return line[-1]

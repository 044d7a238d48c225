"""The waits of the official SDK: between polls and before retries. They pass at once, and yet have passed."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from runwayml import _base_client
from runwayml.lib import polling

Pace = Callable[[], float | None]
"""How many times as fast as the wall a wait passes; None is at once."""

_saved: ContextVar[float] = ContextVar("saved", default=0.0)
"""Seconds that were waited for and did not pass, in this thread or task. The SDK's deadlines count them."""


class Waits:
    """In the place of the modules `time` and `anyio`, as the SDK uses them."""

    def __init__(self, module: Any, pace: Pace) -> None:  # noqa: ANN401 (a module)
        self._module = module
        self._pace = pace

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the module has)
        return getattr(self._module, name)

    def time(self) -> float:
        return time.time() + _saved.get()

    def current_time(self) -> float:
        return anyio.current_time() + _saved.get()

    def _take(self, seconds: float) -> float:
        """What is left to wait for really."""
        pace = self._pace()
        left = 0.0 if pace is None else seconds / pace
        _saved.set(_saved.get() + seconds - left)
        return left


class ThreadWaits(Waits):
    def sleep(self, seconds: float) -> None:
        time.sleep(self._take(seconds))


class TaskWaits(Waits):
    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(self._take(seconds))


def shorten(patch: pytest.MonkeyPatch, pace: Pace) -> None:
    for module in (polling, _base_client):
        patch.setattr(module, "time", ThreadWaits(time, pace))
        patch.setattr(module, "anyio", TaskWaits(anyio, pace))

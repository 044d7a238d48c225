"""Work that goes on when its client leaves."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Spawn(Protocol):
    """Start work in the background group, which outlives the request that started it."""

    def __call__(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]: ...

"""A barrier in front of a method of a real part, or behind it: how a test puts two stories in an order."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Barrier:
    """Whoever comes to it waits until it is opened; from then on it is not there."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()

    def open(self) -> None:
        self._opened.set()

    async def wait(self) -> None:
        self.reached.set()
        await self._opened.wait()


@contextmanager
def barrier(part: object, method: str, *, behind: bool = False) -> Iterator[Barrier]:
    """Hold every call of `part.method` before it does anything, or `behind`: before its caller is told."""
    barrier, real = Barrier(), getattr(part, method)

    async def held(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (as the method's)
        if behind:
            answer = await real(*arguments, **named)
            await barrier.wait()
            return answer
        await barrier.wait()
        return await real(*arguments, **named)

    vars(part)[method] = held
    try:
        yield barrier
    finally:
        barrier.open()
        del vars(part)[method]


@contextmanager
def failing(
    part: object, method: str, error: type[Exception], *, times: int, behind: bool = False
) -> Iterator[None]:
    """Let the first calls of `part.method` fail before they do anything, or `behind`: after they did it."""
    left, real = iter(range(times)), getattr(part, method)

    async def failed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (as the method's)
        if next(left, None) is not None:
            if behind:
                await real(*arguments, **named)
            raise error
        return await real(*arguments, **named)

    vars(part)[method] = failed
    try:
        yield
    finally:
        del vars(part)[method]


@contextmanager
def answering(part: object, method: str, answer: object, *, times: int) -> Iterator[None]:
    """Let the first calls of `part.method` answer what was true a moment before."""
    left, real = iter(range(times)), getattr(part, method)

    async def answered(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (as the method's)
        return answer if next(left, None) is not None else await real(*arguments, **named)

    vars(part)[method] = answered
    try:
        yield
    finally:
        del vars(part)[method]


@contextmanager
def opening(barrier: Barrier, part: object, method: str) -> Iterator[None]:
    """Open a barrier as soon as `part.method` is called."""
    real = getattr(part, method)

    async def opened(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (as the method's)
        barrier.open()
        return await real(*arguments, **named)

    vars(part)[method] = opened
    try:
        yield
    finally:
        del vars(part)[method]


class Crowd:
    """Counts who is inside at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0

    def __enter__(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)

    def __exit__(self, *_: object) -> None:
        self.inside -= 1


@contextmanager
def crowd(part: object, method: str) -> Iterator[Crowd]:
    """Count how many calls of `part.method` are under way at once."""
    crowd, real = Crowd(), getattr(part, method)

    async def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (as the method's)
        with crowd:
            return await real(*arguments, **named)

    vars(part)[method] = counted
    try:
        yield crowd
    finally:
        del vars(part)[method]

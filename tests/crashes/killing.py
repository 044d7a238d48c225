"""Kills one gateway of a play while it waits, as kill -9 would: nothing of it ever goes on.

What it had under way when it died still arrives: questions that were asked are carried out, nobody hears the
answers. Together with the kill one wait earlier, that covers both sides of every question.
"""

import asyncio
import types
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import gateway

ROOT = Path(gateway.__file__).parent
STORIES = (str(ROOT / "flows"), str(ROOT / "background.py"))
Place = tuple[str, int]
"""File and line of an await in a story."""

_victim: ContextVar["Kill | None"] = ContextVar("victim", default=None)


@asynccontextmanager
async def killing(at: int) -> AsyncIterator["Kill"]:
    """Kill whatever is started as the victim's at its `at`th wait, and bury it in the end."""
    kill = Kill(at)
    try:
        yield kill
    finally:
        await kill.bury()


class Kill:
    """Ends whatever is started by a victim at its `at`th wait."""

    def __init__(self, at: int) -> None:
        self.waits = 0
        self.places: set[Place] = set()
        self.died = asyncio.Event()
        self._at = at
        self._tasks: list[asyncio.Task[Any]] = []
        self._is_over = False

    def start(self, story: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a story, and all that it starts, until it is killed."""
        asyncio.get_running_loop().set_task_factory(_make_task)
        token = _victim.set(self)
        try:
            return asyncio.get_running_loop().create_task(story)
        finally:
            _victim.reset(token)

    async def bury(self) -> None:
        """End the tasks of the dead, so that the loop can end too."""
        self._is_over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        asyncio.get_running_loop().set_task_factory(None)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        self._tasks.append(task)

    def strikes(self, story: Coroutine[Any, Any, Any]) -> bool:
        """Count one wait; tell whether it is the last one."""
        places = _places(story)
        self.places |= set(places)
        self.waits += bool(places)
        if places and self.waits == self._at:
            self.died.set()
        return self.died.is_set()

    @types.coroutine
    def lead(self, story: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run a story up to its death."""
        resume, given = story.send, None
        while True:
            try:
                waited_for = resume(given)
            except StopIteration as done:
                return done.value
            if self.strikes(story):
                yield from self._be_dead(story)
            try:
                given, resume = (yield waited_for), story.send
            except BaseException as thrown:  # noqa: BLE001 - it is the story's
                given, resume = thrown, story.throw
            if self.died.is_set():
                yield from self._be_dead(story)

    def _be_dead(self, story: Coroutine[Any, Any, Any]) -> Generator[Any, Any, None]:
        """Never go on, whoever cancels it."""
        while not self._is_over:
            with suppress(asyncio.CancelledError):
                yield from asyncio.get_running_loop().create_future()
        with suppress(BaseException):
            story.close()
        raise asyncio.CancelledError


def _make_task(
    loop: asyncio.AbstractEventLoop,
    coroutine: Any,  # noqa: ANN401 (the loop's)
    **options: Any,  # noqa: ANN401 (the loop's)
) -> asyncio.Task[Any]:
    kill = _victim.get()
    code = getattr(coroutine, "cr_code", None)
    if kill is None or code is None or not _is_mortal(code.co_filename):
        return asyncio.Task(coroutine, loop=loop, **options)
    task = asyncio.Task(_awaiting(kill.lead(coroutine)), loop=loop, **options)
    kill.adopt(task)
    return task


async def _awaiting(led: Any) -> Any:  # noqa: ANN401
    return await led


def _is_mortal(file: str) -> bool:
    return file.startswith(STORIES) or Path(file).parent == Path(__file__).parent


def _places(story: Any) -> list[Place]:  # noqa: ANN401 (a coroutine's insides)
    """Where in the stories a coroutine waits, from outside in."""
    places = []
    while (frame := getattr(story, "cr_frame", None)) is not None:
        if frame.f_code.co_filename.startswith(STORIES):
            places.append((Path(frame.f_code.co_filename).name, frame.f_lineno))
        story = story.cr_await
    return places

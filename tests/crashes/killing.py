"""Kills one gateway of a play while it waits, as kill -9 would: nothing of it ever goes on.

What it had under way when it died still arrives: questions that were asked are carried out, nobody hears the
answers. Together with the kill one wait earlier, that covers both sides of every question.
"""

import asyncio
import types
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import Any

import gateway
from tests.crashes.awaits import Await, awaited_by

ROOT = Path(gateway.__file__).parent
STORIES = (str(ROOT / "flows"), str(ROOT / "background.py"), str(Path(__file__).parent))
"""What can be killed where it waits; an adapter only hears nothing any more."""
Moment = Callable[[frozenset[Await]], bool]
"""Tells of each wait whether to kill there, by the awaits of the flows that it is part of."""

_victim: ContextVar["Kill | None"] = ContextVar("victim", default=None)


def the_wait(number: int) -> Moment:
    """Kill at a wait by its number, from one."""
    numbers = count(1)
    return lambda _: next(numbers) == number


@asynccontextmanager
async def killing(moment: Moment) -> AsyncIterator["Kill"]:
    """Kill whatever is started as the victim's at a moment, and bury it in the end."""
    kill = Kill(moment)
    try:
        yield kill
    finally:
        await kill.bury()


class Kill:
    """Ends whatever is started by a victim at the first wait that is the moment for it."""

    def __init__(self, moment: Moment) -> None:
        self.died = asyncio.Event()
        self.died_at: frozenset[Await] = frozenset()
        self._moment = moment
        self._tasks: list[asyncio.Task[Any]] = []
        self._is_over = False

    def start(self, story: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a story, and all that it starts, until it is killed."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(_make_task)
        loop.set_exception_handler(lambda *_: None)  # what the dead were answered is heard by nobody
        token = _victim.set(self)
        try:
            return loop.create_task(story)
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
        """Look at one wait; tell whether it is the last one."""
        if not self.died.is_set():
            awaits = frozenset(awaited_by(story))
            if awaits and self._moment(awaits):
                self.died_at = awaits
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
    if kill is None or code is None or not code.co_filename.startswith(STORIES):
        return asyncio.Task(coroutine, loop=loop, **options)
    task = asyncio.Task(_awaiting(kill.lead(coroutine)), loop=loop, **options)
    kill.adopt(task)
    return task


async def _awaiting(led: Any) -> Any:  # noqa: ANN401
    return await led

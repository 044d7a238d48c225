"""The line to the server: one connection on which the questions of many callers are under way at once.

The client library's own way, a connection for each question under way, costs several times the time.
"""

import asyncio
import math
from asyncio import Future, Task, TimerHandle
from collections import deque
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from gateway.ports.ledger import LedgerAway

ANSWER_SECONDS_MAX = 0.5
"""For everything between a question and its answer, connecting included."""
LOOK_SECONDS = 0.1
"""How often it is looked whether an answer has come. A wait is so many looks: while this process is busy with
hundreds of creates, what has been answered long ago is not read, and the server is not to blame."""

QUESTIONS_MAX = 2000
"""Without an answer at once. A server that has this many to answer would be late for the next anyway."""

REFUSED = "the server refused: "
"""How the reason begins when a server answers, but not to this user, password or database."""

Argument = str | bytes | int


class Line:
    """Opens a connection when there is a question and none is open."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._opening: Task[Conversation | LedgerAway] | None = None

    async def ask(self, *command: Argument) -> Any:  # noqa: ANN401 - an answer has the shape of its command
        """Ask once. Raises LedgerAway without an answer in time, ResponseError when the answer is one."""
        opening = self._opened()
        looks = math.ceil(ANSWER_SECONDS_MAX / LOOK_SECONDS)
        while not opening.done():
            if looks == 0:
                raise LedgerAway("no connection in time")
            await asyncio.wait({opening}, timeout=LOOK_SECONDS)
            looks -= 1
        opened = opening.result()
        if isinstance(opened, LedgerAway):
            raise LedgerAway(*opened.args) from opened
        return await opened.ask(command, looks=max(looks, 1))

    async def disconnect(self) -> None:
        """Hang up; the next question opens a connection again."""
        if self._opening is not None:
            opened = await self._opening
            if isinstance(opened, Conversation):
                opened.hang_up("disconnected")
                await opened.ended()

    def _opened(self) -> "Task[Conversation | LedgerAway]":
        if self._opening is None or _is_lost(self._opening):
            # A task of its own: a caller who leaves does not break off what others wait for.
            self._opening = asyncio.create_task(self._open())
        return self._opening

    async def _open(self) -> "Conversation | LedgerAway":
        connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()
        except (RedisError, OSError) as wrong:
            return LedgerAway(_why(wrong))
        connection.socket_timeout = None  # from here on each question has its own deadline
        return Conversation(connection)


class Conversation:
    """One open connection. Answers come in the order of the questions; it is over at the first disorder."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._unsent: list[bytes] = []
        self._has_unsent = asyncio.Event()
        self._unanswered: deque[Future[Any]] = deque()
        self._why_over: str | None = None
        self._speaking = asyncio.create_task(self._speak())
        self._listening = asyncio.create_task(self._listen())

    @property
    def is_over(self) -> bool:
        return self._why_over is not None

    async def ask(self, command: tuple[Argument, ...], *, looks: int) -> Any:  # noqa: ANN401
        """Wait for an answer; when it is not there after so many looks, the conversation is over."""
        if self._why_over is not None:
            raise LedgerAway(self._why_over)
        if len(self._unanswered) >= QUESTIONS_MAX:
            raise LedgerAway("too many questions at once")
        answer = asyncio.get_running_loop().create_future()
        self._unanswered.append(answer)
        self._unsent += self._connection.pack_command(*command)
        self._has_unsent.set()
        look = self._look_later(answer, looks)
        try:
            return await answer
        finally:
            look.cancel()

    def hang_up(self, why: str) -> None:
        """Fail every question under way. What the server has received it may still do."""
        if self.is_over:
            return
        self._why_over = why
        self._speaking.cancel()
        self._listening.cancel()
        for answer in self._unanswered:
            if not answer.done():
                answer.set_exception(LedgerAway(why))

    async def ended(self) -> None:
        await asyncio.wait({self._speaking, self._listening})

    def _look_later(self, answer: Future[Any], looks: int) -> TimerHandle:
        return asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look, answer, looks)

    def _look(self, answer: Future[Any], looks: int) -> None:
        """Look whether an answer has come; between one look and the next, what has come in is read."""
        if answer.done():
            return
        if looks > 1:
            self._look_later(answer, looks - 1)
        else:
            self.hang_up("no answer in time")

    async def _speak(self) -> None:
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            words, self._unsent = self._unsent, []
            try:
                await self._connection.send_packed_command(words, check_health=False)
            except (RedisError, OSError) as wrong:
                self.hang_up(type(wrong).__name__)

    async def _listen(self) -> None:
        try:
            while True:
                answer = await self._next_answer()
                asked = self._unanswered.popleft()
                if asked.done():  # its caller left
                    continue
                if isinstance(answer, ResponseError):
                    asked.set_exception(answer)
                else:
                    asked.set_result(answer)
        except (RedisError, OSError, IndexError) as wrong:  # IndexError: an answer that nobody asked for
            self.hang_up(_why(wrong))
        finally:
            await self._connection.disconnect(nowait=True)

    async def _next_answer(self) -> Any:  # noqa: ANN401
        try:
            return await self._connection.read_response()
        except ResponseError as refused:
            return refused


def _why(wrong: Exception) -> str:
    """Name a failure by its kind alone: its words may be the server's."""
    first = wrong.__cause__ or wrong  # the library tells a refused login as a lost connection
    is_refusal = isinstance(first, AuthenticationError | ResponseError)
    return f"{REFUSED if is_refusal else 'no connection: '}{type(first).__name__}"


def _is_lost(opening: "Task[Conversation | LedgerAway]") -> bool:
    if not opening.done():
        return False
    opened = opening.result()
    return isinstance(opened, LedgerAway) or opened.is_over

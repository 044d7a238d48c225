"""Threads that carry out units of work, several in one transaction, so that one commit serves them all."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from gateway.ports.records import RecordsAway
from gateway.records.driver import has_ended
from gateway.records.engines import TakesNoWrites, is_undone
from gateway.records.transactions import commit, execute_now

T = TypeVar("T")
V = TypeVar("V")
Unit = Callable[[Connection], T]
"""A pure function of the connection: it may be run again after a rollback, so it changes nothing else."""
Told = Callable[[], T]
Joint = Callable[[Connection, Sequence[V]], Sequence[Told[T]]]
"""One unit for several values, which share its statements too. It answers each, in their order, by a function
that is called once all is committed: then it has the rows of what was carried out last."""

TRIES_MAX = 3
"""How often a unit that lost a race against another process is run: the second time it sees who won."""
END_SECONDS = 2.0
"""How long closing waits for a thread that hangs in the store; it ends with the program."""


class Crew:
    """At most `threads` transactions at once, each of at most `together_max` units."""

    def __init__(
        self, engine: Engine, *, name: str, threads: int, together_max: int, waiting_max: int
    ) -> None:
        self._engine = engine
        self._together_max = together_max
        self._waiting_max = waiting_max
        self._waiting: SimpleQueue[_Order[Any, Any] | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._work, name=f"records-{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, unit: Unit[T], *, seconds: float) -> T:
        """Carry out a unit in a transaction.

        Raises RecordsAway when the store is away, too much waits, or the answer takes too long; a unit that
        was not begun by then never will be, one that was may still be committed.
        """
        return await self.run_jointly(apart, unit, seconds=seconds)

    async def run_jointly(self, joint: Joint[V, T], value: V, *, seconds: float) -> T:
        """Carry out a unit for a value, and for all others that wait for the same one."""
        if self._waiting.qsize() >= self._waiting_max:
            raise RecordsAway
        order = _Order(joint, value)
        self._waiting.put(order)
        late = asyncio.get_running_loop().call_later(seconds, _give_up, order.answer)
        try:
            return await order.answer
        finally:
            late.cancel()

    def close(self) -> None:
        """End the threads after what they have begun."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(END_SECONDS)
        self._engine.dispose()

    def _work(self) -> None:
        hand = _Hand(self._engine)
        for first in iter(self._waiting.get, None):
            hand.carry_out(_wanted([first, *self._more()]))
        hand.let_go()

    def _more(self) -> "Iterable[_Order[Any, Any]]":
        """Take what waits already, so that it shares the transaction."""
        for _ in range(self._together_max - 1):
            try:
                order = self._waiting.get_nowait()
            except Empty:
                return
            if order is None:
                self._waiting.put(None)
                return
            yield order


class _Hand:
    """What one thread works with: a connection that it keeps until an error, then another one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def carry_out(self, orders: "Sequence[_Order[Any, Any]]") -> None:
        try:
            told = self._in_one_transaction(orders)
        except _Away:
            _refuse(orders, RecordsAway())
            return
        except Exception:  # noqa: BLE001 - one of them is bad: alone it cannot hurt the others
            told = None
        if told is None:  # no more within the failure, which may be the driver's own and name values
            self._one_by_one(orders)
        else:
            _answer(orders, told)

    def let_go(self) -> None:
        """Give the connection back, and what it had begun up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):  # what went wrong before is what counts
                connection.close()

    def _in_one_transaction(self, orders: "Sequence[_Order[Any, Any]]") -> list[Told[Any]]:
        if not orders:
            return []
        with self._transaction() as connection:
            told = _carried_out(connection, orders)
            if len(_wanted(orders)) < len(orders):
                raise _GivenUp
        return told

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            connection = self._begun()
            yield connection
            _commit(connection)
        except TakesNoWrites as error:
            self.let_go()
            raise _Away from error
        except BaseException:
            self.let_go()
            raise

    def _begun(self) -> Connection:
        try:
            if self._connection is not None and has_ended(self._connection):
                self._connection.invalidate()
                self.let_go()
            self._connection = self._connection or self._engine.connect()
            self._connection.begin()
        except DBAPIError as error:
            raise _Away from error
        return self._connection

    def _one_by_one(self, orders: "Sequence[_Order[Any, Any]]") -> None:
        for place, order in enumerate(orders):
            try:
                self._alone(order)
            except _Away:
                _refuse(orders[place:], RecordsAway())
                return

    def _alone(self, order: "_Order[Any, Any]") -> None:
        for attempt in range(1, TRIES_MAX + 1):
            orders = _wanted([order])
            try:
                told = self._in_one_transaction(orders)
            except (OperationalError, InterfaceError):
                _refuse(orders, RecordsAway())
            except IntegrityError as lost:
                if attempt < TRIES_MAX:
                    continue
                _refuse(orders, lost)
            except _Away:
                raise
            except Exception as bug:  # noqa: BLE001 - it belongs to whoever asked
                _refuse(orders, bug)
            else:
                _answer(orders, told)
            return


def _commit(connection: Connection) -> None:
    try:
        commit(connection)
    except DBAPIError as error:
        if is_undone(error):
            raise
        raise _Away from error


class _Order(Generic[V, T]):
    """A unit with its value, and who waits for it in which loop."""

    __slots__ = ("answer", "joint", "value")

    def __init__(self, joint: Joint[V, T], value: V) -> None:
        self.joint = joint
        self.value = value
        self.answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()


class _Away(Exception):
    """The store could not be reached, or nobody knows whether it committed: running again helps nobody."""


class _GivenUp(Exception):
    """Somebody stopped waiting: what nobody waits for is not committed."""


def _give_up(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(RecordsAway())


def apart(connection: Connection, units: Sequence[Unit[T]]) -> list[Told[T]]:
    """Carry out units one after the other: the joint unit of those that share a commit alone."""
    return [_apart(connection, unit) for unit in units]


def _apart(connection: Connection, unit: Unit[T]) -> Told[T]:
    execute_now(connection)  # so that it sees all that those before it did
    result = unit(connection)
    return lambda: result


def _carried_out(connection: Connection, orders: Sequence[_Order[Any, Any]]) -> list[Told[Any]]:
    """Carry out the orders, those for the same unit together, and answer in their order.

    Those that are carried out apart are so last, whenever they came: a retry looks for the task of a create
    that waited before it.
    """
    places: defaultdict[Joint[Any, Any], list[int]] = defaultdict(list)
    for place, order in enumerate(orders):
        places[order.joint].append(place)
    told: dict[int, Told[Any]] = {}
    for joint in sorted(places, key=lambda joint: joint is apart):
        values = [orders[place].value for place in places[joint]]
        told.update(zip(places[joint], joint(connection, values), strict=True))
    return [told[place] for place in range(len(orders))]


def _wanted(orders: Iterable[_Order[Any, Any]]) -> list[_Order[Any, Any]]:
    return [order for order in orders if not order.answer.done()]


def _answer(orders: Sequence[_Order[Any, Any]], told: Sequence[Told[Any]]) -> None:
    """Answer what is committed: a bug in the answer belongs to whoever asked, and nothing is run again."""
    results, bugs = [], []
    for order, tell in zip(orders, told, strict=True):
        try:
            results.append((order, tell()))
        except Exception as bug:  # noqa: BLE001
            bugs.append((order, bug))
    _tell(results, asyncio.Future.set_result)
    _tell(bugs, asyncio.Future.set_exception)


def _refuse(orders: Iterable[_Order[Any, Any]], reason: Exception) -> None:
    _tell(((order, reason) for order in orders), asyncio.Future.set_exception)


def _tell(
    messages: Iterable[tuple[_Order[Any, Any], Any]], how: Callable[[asyncio.Future[Any], Any], None]
) -> None:
    """Bring results back to the loops that wait for them, with one call for each loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = defaultdict(list)
    for order, message in messages:
        by_loop[order.answer.get_loop()].append((order.answer, message))
    for loop, told in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, told, how)


def _settle(
    told: list[tuple[asyncio.Future[Any], Any]], how: Callable[[asyncio.Future[Any], Any], None]
) -> None:
    for future, message in told:
        if not future.done():
            how(future, message)

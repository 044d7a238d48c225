"""The database of the records: who writes, who reads, and how long anyone waits for it."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, text

from gateway.ports.records import RecordsAway
from gateway.records import store_time
from gateway.records.crew import Crew, Joint, Unit, apart
from gateway.records.engines import POSTGRESQL, Patience, connect, to_url
from gateway.records.tables import raised_prices

_PROBE = (
    insert(raised_prices).values(priced_as="", operation="", model="", credits=0, at=0),
    delete(raised_prices).where(raised_prices.c.priced_as == ""),
)
"""Writes, and leaves all as it was; where nothing changes at all, SQLite would write nothing."""

T = TypeVar("T")
V = TypeVar("V")

QUICK = Patience(answer=0.7, statement=0.5, lock=0.3)
"""A create answers within a second, whatever happens."""
SLOW = Patience(answer=60.0, statement=60.0, lock=0.3)
"""For reports and the scan of a rebuild, which have connections of their own, apart from each other."""

TOGETHER_MAX = 64
"""Units that share a commit: more would gain little and hold their locks longer."""
WRITES_WAITING_MAX = 2_000
READS_WAITING_MAX = 2_000
REPORTS_WAITING_MAX = 20
SCANS_WAITING_MAX = 4
"""Nothing is granted before the scan of a rebuild, so it waits for no report."""
READERS = 3
REPORTERS = 2

DURABLE = frozenset({"on", "remote_apply"})


class Database:
    """One writer, some readers, some reporters, one scanner: each a thread with a connection of its own."""

    def __init__(
        self,
        address: str,
        *,
        owner: str,
        patience: Patience = QUICK,
        clock: Callable[[], int] = store_time.of_this_host,
    ) -> None:
        """Open the store at an address, migrated already. `owner` names this process in leases."""
        url = to_url(address)
        self.owner = owner
        self._takes_writes = True
        self._patience = patience
        self._writer = Crew(
            connect(url, "write", patience=patience, connections=1, clock=clock),
            name="writer",
            threads=1,
            together_max=TOGETHER_MAX,
            waiting_max=WRITES_WAITING_MAX,
        )
        self._readers = Crew(
            connect(url, "read", patience=patience, connections=READERS, clock=clock),
            name="reader",
            threads=READERS,
            together_max=1,
            waiting_max=READS_WAITING_MAX,
        )
        self._reporters = Crew(
            connect(url, "read", patience=SLOW, connections=REPORTERS, clock=clock),
            name="reporter",
            threads=REPORTERS,
            together_max=1,
            waiting_max=REPORTS_WAITING_MAX,
        )
        self._scanner = Crew(
            connect(url, "read", patience=SLOW, connections=1, clock=clock),
            name="scanner",
            threads=1,
            together_max=1,
            waiting_max=SCANS_WAITING_MAX,
        )

    async def write(self, unit: Unit[T]) -> T:
        """Carry out a unit that changes something; it shares its commit with others that wait."""
        return await self.write_jointly(apart, unit)

    async def write_jointly(self, joint: Joint[V, T], value: V) -> T:
        """Carry out a unit that changes something, for a value and for all that wait for the same unit."""
        try:
            return await self._writer.run_jointly(joint, value, seconds=self._patience.answer)
        except RecordsAway:
            self._takes_writes = False
            raise

    async def check_writes(self) -> None:
        """Write something, if a write has failed since the last time that one was seen to go well.

        Raises RecordsAway where it answers reads alone, as on a full disk.
        """
        if not self._takes_writes:
            await self.write(lambda connection: [connection.execute(statement) for statement in _PROBE])
            self._takes_writes = True

    async def read(self, unit: Unit[T]) -> T:
        """Carry out a unit that reads, on one snapshot."""
        return await self._readers.run(unit, seconds=self._patience.answer)

    async def report(self, unit: Unit[T]) -> T:
        """Carry out a unit that reads much, on one snapshot."""
        return await self._reporters.run(unit, seconds=SLOW.answer)

    async def scan(self, unit: Unit[T]) -> T:
        """Carry out a unit that reads all that a rebuild needs, on one snapshot."""
        return await self._scanner.run(unit, seconds=SLOW.answer)

    async def check(self) -> None:
        """Refuse a store that forgets what it committed. Raises ValueError with the words to fix it."""
        problem = await self.read(_problem)
        if problem is not None:
            raise ValueError(problem)

    def close(self) -> None:
        """Close all connections; the threads end with what they have begun."""
        for crew in (self._writer, self._readers, self._reporters, self._scanner):
            crew.close()


def _problem(connection: Connection) -> str | None:
    if connection.dialect.name != POSTGRESQL:
        return None
    for setting, wanted in (("synchronous_commit", DURABLE), ("fsync", frozenset({"on"}))):
        found = connection.scalar(text(f"SHOW {setting}"))
        if found not in wanted:
            return f"PostgreSQL has {setting} = {found}: set it to `on`, or a crash loses charges"
    return None

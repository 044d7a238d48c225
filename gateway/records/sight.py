"""What the board reads, as the port Sight has it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from gateway.ports.records import Change, Changes, Seen
from gateway.records import lookups
from gateway.records.database import Database
from gateway.records.rows import to_instant, to_micros
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations
from gateway.rules.ids import GenerationId, TaskId

_CHANGED = (
    select(generations.c.id, generations.c.changed_at)
    .where(generations.c.changed_at >= bindparam("since"))
    .order_by(generations.c.changed_at, generations.c.id)
    .limit(bindparam("most"))
)
"""Answered from an index alone."""


class SqlSight:
    """Implements the port Sight."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def task(self, task: TaskId) -> Seen | None:
        def find(connection: Connection) -> Seen | None:
            found = lookups.attached_task(connection, task)
            return None if found is None else lookups.seen(connection, found)

        return await self._database.read(find)

    async def any_task(self, task: TaskId) -> Seen | None:
        def find(connection: Connection) -> Seen | None:
            found = lookups.any_task(connection, task)
            return None if found is None else lookups.seen(connection, found)

        return await self._database.read(find)

    async def tasks_of(self, generations: Collection[GenerationId]) -> Sequence[Seen]:
        return await self._database.read(lambda connection: _tasks_of(connection, generations))

    async def changes(self, since: datetime, *, limit: int) -> Changes:
        wanted = {"since": to_micros(since), "most": limit}
        return await self._database.read(lambda connection: _changes(connection, wanted, limit=limit))

    async def store_time(self) -> datetime:
        return await self._database.read(_now)


def _now(connection: Connection) -> datetime:
    return to_instant(connection.execute(select(STORE_TIME)).scalar_one())


def _changes(connection: Connection, wanted: dict[str, int], *, limit: int) -> Changes:
    """Read the clock first: a change that is told is never taken for an earlier one."""
    now = _now(connection)
    found = [Change(id, to_instant(at)) for id, at in connection.execute(_CHANGED, wanted)]
    return Changes(now if len(found) < limit else found[-1].at, found)


def _tasks_of(connection: Connection, ids: Collection[GenerationId]) -> list[Seen]:
    by_id = {generation.id: generation for generation in lookups.generations_of(connection, ids)}
    return [Seen(task, by_id[task.generation]) for task in lookups.attached_tasks(connection, ids)]

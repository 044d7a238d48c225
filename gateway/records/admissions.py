"""What a create reads and writes: records new generations, joins old ones, finds its own earlier task."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from msgspec import structs
from sqlalchemy import (
    Connection,
    bindparam,
    func,
    insert,
    select,
    update,
)

from gateway.ports.records import Recorded, RecordsAway, Seen
from gateway.records import lookups
from gateway.records.book import enter_reuse
from gateway.records.database import Database
from gateway.records.fencing import read_fence
from gateway.records.leases import QUEUED
from gateway.records.prices import raised_prices
from gateway.records.recording import Draft, Recording, insert_task, record, why_not
from gateway.records.rows import (
    GENERATIONS,
    TASKS,
    to_generation,
    to_micros,
    to_task,
)
from gateway.records.tables import generations, tasks, uploads
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation, Priority, Task
from gateway.rules.ids import KeyId, TaskId, TeamId
from gateway.rules.views import outcome_shown

_WAITING = (
    select(func.count())
    .select_from(generations)
    .where(
        generations.c.stage == QUEUED,
        generations.c.lane == bindparam("of_lane"),
        generations.c.team == bindparam("of_team"),
        generations.c.priority.in_(bindparam("of_priorities", expanding=True)),
    )
)
_LIKE = GENERATIONS.where(generations.c.fingerprint == bindparam("same")).with_for_update()
_RETIRE = update(generations).where(generations.c.fingerprint == bindparam("same")).values(fingerprint=None)
_RETRIED = (
    TASKS.where(
        tasks.c.key == bindparam("of_key"),
        tasks.c.digest == bindparam("of_digest"),
        tasks.c.created_at >= bindparam("not_before"),
        tasks.c.attempt < bindparam("attempt"),
        tasks.c.detached_at.is_(None),
    )
    .order_by(tasks.c.delivered, tasks.c.attempt.desc(), tasks.c.created_at.desc(), tasks.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE_RETRY = update(tasks).where(tasks.c.id == bindparam("taken")).values(attempt=bindparam("by_attempt"))
_DELIVERED = update(tasks).where(tasks.c.id.in_(bindparam("those", expanding=True))).values(delivered=True)


TRIES_MAX = 3
"""How often a create is recorded: as it came, then as one that waits, and once more."""


class SqlAdmissions:
    """Implements the port Admissions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fence(self) -> Fence:
        return await self._database.read(read_fence)

    async def record(
        self, fence: Fence, generation: Generation, task: Task, *, in_line: bool = True
    ) -> Recording:
        draft = Draft(fence, generation, task, in_line, self._database.owner)
        for _ in range(TRIES_MAX):
            if await self._database.write_jointly(record, draft):
                return Recorded(draft.generation.stage)
            reason = await self._database.read(partial(why_not, draft=draft))
            if reason is not None:
                return reason
            draft = draft.queued()
        raise RecordsAway

    async def waiting(self, lane: str, team: TeamId, priorities: Collection[Priority]) -> int:
        of_priorities = [priority.value for priority in priorities]
        wanted = {"of_lane": lane, "of_team": team, "of_priorities": of_priorities}
        return await self._database.read(lambda connection: connection.execute(_WAITING, wanted).scalar_one())

    async def join(self, fingerprint: str, task: Task, *, not_before: datetime) -> Seen | None:
        return await self._database.write(
            lambda connection: _join(connection, fingerprint, task=task, not_before=not_before)
        )

    async def retried(self, key: KeyId, digest: str, *, attempt: int, not_before: datetime) -> Seen | None:
        wanted = {
            "of_key": key,
            "of_digest": digest,
            "attempt": attempt,
            "not_before": to_micros(not_before),
        }
        return await self._database.write(lambda connection: _retried(connection, wanted))

    async def with_idempotency_key(self, team: TeamId, idempotency_key: str) -> Seen | None:
        def find(connection: Connection) -> Seen | None:
            task = lookups.task_with_key(connection, team, idempotency_key)
            return None if task is None else lookups.seen(connection, task)

        return await self._database.read(find)

    async def delivered(self, tasks: Collection[TaskId]) -> None:
        those = list(tasks)
        await self._database.write(lambda connection: connection.execute(_DELIVERED, {"those": those}))

    async def raised_prices(self) -> Mapping[str, Credits]:
        return await self._database.read(raised_prices)

    async def add_upload(self, team: TeamId, uri: str, *, at: datetime) -> None:
        upload = {"uri": uri, "team": team, "at": to_micros(at)}
        await self._database.write(lambda connection: connection.execute(insert(uploads), upload))

    async def owned_uploads(self, team: TeamId, uris: Collection[str]) -> frozenset[str]:
        owned = select(uploads.c.uri).where(uploads.c.team == team, uploads.c.uri.in_(list(uris)))
        return await self._database.read(lambda connection: frozenset(connection.scalars(owned)))


def _join(connection: Connection, fingerprint: str, *, task: Task, not_before: datetime) -> Seen | None:
    row = connection.execute(_LIKE, {"same": fingerprint}).one_or_none()
    if row is None:
        return None
    like = to_generation(row)
    outcome = outcome_shown(like, task.created_at)
    if like.created_at < not_before or (outcome is not None and not outcome.succeeded):
        connection.execute(_RETIRE, {"same": fingerprint})
        return None
    if task.idempotency_key is not None:
        earlier = lookups.task_with_key(connection, task.team, task.idempotency_key)
        if earlier is not None:
            return lookups.seen(connection, earlier)
    joined = structs.replace(task, generation=like.id, pays=False)
    insert_task(connection, joined)
    enter_reuse(connection, joined)
    return Seen(joined, like)


def _retried(connection: Connection, wanted: Mapping[str, object]) -> Seen | None:
    row = connection.execute(_RETRIED, wanted).one_or_none()
    if row is None:
        return None
    task = structs.replace(to_task(row), attempt=wanted["attempt"])
    connection.execute(_TAKE_RETRY, {"taken": task.id, "by_attempt": task.attempt})
    return lookups.seen(connection, task)

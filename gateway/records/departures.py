"""How tasks leave a generation, who pays for it then, and how an id is made unusable."""

from collections.abc import Collection
from datetime import datetime

from msgspec import structs
from sqlalchemy import Connection, bindparam, null, update
from sqlalchemy.dialects import postgresql

from gateway.ports.records import Detached
from gateway.records import lookups
from gateway.records.book import enter_handed_over
from gateway.records.database import Database
from gateway.records.fencing import holds
from gateway.records.moves import move
from gateway.records.rows import to_generation, to_micros
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations, tasks
from gateway.rules.fence import Fence
from gateway.rules.generation import OPEN, Priority, Stage, Status, Task
from gateway.rules.ids import GenerationId, ReservationId, TaskId, TeamId

_attached = tasks.c.detached_at.is_(None)
_DETACH = (
    update(tasks).where(tasks.c.id == bindparam("wanted"), _attached).values(detached_at=bindparam("at"))
)
_CHANGED = update(generations).where(generations.c.id == bindparam("wanted")).values(changed_at=STORE_TIME)
_RETIRED = _CHANGED.values(fingerprint=null())
_PAY = (
    update(tasks)
    .where(tasks.c.id == bindparam("wanted"), tasks.c.generation == bindparam("of"), _attached)
    .values(pays=True, saved=0)
)
_STOP_PAYING = (
    update(tasks)
    .where(tasks.c.generation == bindparam("of"), tasks.c.id != bindparam("payer"))
    .values(pays=False)
)
_HAND_OVER = move(
    Stage.QUEUED, team=bindparam("by_team"), key=bindparam("by_key"), reservation=bindparam("held_by")
)
_SPEND = (
    postgresql.insert(generations)
    .values(
        stage=Stage.VOID.value,
        operation="",
        model="",
        project="",
        lane="",
        team="",
        key="",
        reserved=0,
        priced_as="",
        created_at=0,
        due_at=0,
        priority=Priority.NORMAL.value,
        turn=0.0,
        upstream_status=Status.PENDING.value,
        changed_at=STORE_TIME,
    )
    .on_conflict_do_nothing()
    .returning(generations.c.id)
)
"""Both stores write it alike."""


class Departures:
    """The part of the port Stages in which someone or something leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def detach(self, task: TaskId, team: TeamId, *, at: datetime) -> Detached | None:
        return await self._database.write(
            lambda connection: _detached(connection, task, team=team, at=to_micros(at))
        )

    async def unpaid(self, generations: Collection[GenerationId]) -> frozenset[GenerationId]:
        return await self._database.read(lambda connection: lookups.unpaid(connection, generations))

    async def promote(
        self, fence: Fence, generation: GenerationId, task: Task, reservation: ReservationId
    ) -> bool:
        return await self._database.write(
            lambda connection: _promoted(connection, fence, id=generation, task=task, reservation=reservation)
        )

    async def void(self, reservation: ReservationId) -> bool:
        return await self._database.write(lambda connection: _voided(connection, reservation))


def _detached(connection: Connection, id: TaskId, *, team: TeamId, at: int) -> Detached | None:
    """Detach under the generation's lock: all who leave it and all who pay for it do so one after another."""
    task = lookups.attached_task(connection, id)
    if task is None or task.team != team:
        return None
    row = lookups.locked_row(connection, task.generation)
    assert row is not None, "a generation is never deleted"
    if connection.execute(_DETACH, {"wanted": id, "at": at}).rowcount == 0:
        return None
    others = tuple(lookups.attached_tasks(connection, [task.generation]))
    generation = to_generation(row)
    if others or generation.stage not in OPEN:
        connection.execute(_CHANGED, {"wanted": generation.id})
        return Detached(generation, others)
    connection.execute(_RETIRED, {"wanted": generation.id})
    return Detached(structs.replace(generation, fingerprint=None), others)


def _promoted(
    connection: Connection,
    fence: Fence,
    *,
    id: GenerationId,
    task: Task,
    reservation: ReservationId,
) -> bool:
    if not holds(connection, fence):
        return False
    row = lookups.locked_row(connection, id)
    if row is None or row.stage != Stage.QUEUED or not _used_up(connection, reservation):
        return False
    if connection.execute(_PAY, {"wanted": task.id, "of": id}).rowcount == 0:
        return False
    connection.execute(_STOP_PAYING, {"of": id, "payer": task.id})
    payer = {"by_team": task.team, "by_key": task.key, "held_by": reservation}
    connection.execute(_HAND_OVER, {"wanted": id, **payer})
    generation = structs.replace(to_generation(row), team=task.team, key=task.key)
    enter_handed_over(connection, generation, task.id)
    return True


def _voided(connection: Connection, reservation: ReservationId) -> bool:
    if _used_up(connection, reservation):
        return True
    row = lookups.generation_row(connection, GenerationId(reservation))
    return row is not None and bool(row.stage == Stage.VOID)


def _used_up(connection: Connection, reservation: ReservationId) -> bool:
    """Use an id up, so that nothing else can be recorded under it; False when it was before."""
    return connection.scalar(_SPEND, {"id": reservation, "reservation": reservation}) is not None

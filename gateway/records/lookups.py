"""Reads that several transactions begin with."""

from collections.abc import Iterable
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, Row, and_, bindparam, exists, literal_column, select

from gateway.ports.records import Seen
from gateway.records.rows import GENERATIONS, TASKS, to_generation, to_headers, to_task
from gateway.records.tables import entries, generations, requests, tasks
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import GenerationId, TaskId, TeamId

_GENERATION = GENERATIONS.where(generations.c.id == bindparam("wanted"))
_LOCKED = _GENERATION.with_for_update()
_REQUEST = select(requests.c.body, requests.c.headers).where(requests.c.generation == bindparam("wanted"))
_MANY = GENERATIONS.where(generations.c.id.in_(bindparam("wanted", expanding=True)))
_TASK = TASKS.where(tasks.c.id == bindparam("wanted"), tasks.c.detached_at.is_(None))
_ANY_TASK = TASKS.where(tasks.c.id == bindparam("wanted"))
_ATTACHED = TASKS.where(
    tasks.c.generation.in_(bindparam("wanted", expanding=True)), tasks.c.detached_at.is_(None)
).order_by(tasks.c.created_at, tasks.c.id)
_OF_KEY = TASKS.where(
    tasks.c.team == bindparam("of_team"),
    tasks.c.idempotency_key == bindparam("of_key"),
    tasks.c.detached_at.is_(None),
)

HAS_PAYER = exists().where(
    tasks.c.generation == generations.c.id, tasks.c.detached_at.is_(None), tasks.c.pays
)
"""Whoever pays for a generation waits for it."""
_UNPAID = select(generations.c.id).where(
    generations.c.id.in_(bindparam("wanted", expanding=True)), ~HAS_PAYER
)

IS_NEW = and_(
    exists().where(
        generations.c.id == bindparam("generation"),
        generations.c.stage.in_(
            [literal_column(f"'{stage.value}'") for stage in (Stage.QUEUED, Stage.FORWARDING)]
        ),
    ),
    ~exists().where(entries.c.generation == bindparam("generation")),
)
"""Whether this transaction has just inserted a generation: it waits or is sent, and is not in the book."""

IDS_MAX = 500
"""Ids in one statement."""


def generation_row(connection: Connection, id: GenerationId) -> Row[Any] | None:
    return connection.execute(_GENERATION, {"wanted": id}).one_or_none()


def locked_row(connection: Connection, id: GenerationId) -> Row[Any] | None:
    """Read a generation and keep others from changing it until the transaction ends."""
    return connection.execute(_LOCKED, {"wanted": id}).one_or_none()


def generation_of(connection: Connection, id: GenerationId) -> Generation:
    row = generation_row(connection, id)
    assert row is not None, "a generation is never deleted"
    return to_generation(row)


def with_request(connection: Connection, generation: Generation) -> Generation:
    """Add what is forwarded; it is gone once the generation is closed."""
    row = connection.execute(_REQUEST, {"wanted": generation.id}).one_or_none()
    if row is None:
        return generation
    return structs.replace(generation, body=bytes(row.body), headers=to_headers(row.headers))


def generations_of(connection: Connection, ids: Iterable[GenerationId]) -> list[Generation]:
    return [
        to_generation(row) for part in portions(ids) for row in connection.execute(_MANY, {"wanted": part})
    ]


def attached_task(connection: Connection, id: TaskId) -> Task | None:
    row = connection.execute(_TASK, {"wanted": id}).one_or_none()
    return None if row is None else to_task(row)


def any_task(connection: Connection, id: TaskId) -> Task | None:
    row = connection.execute(_ANY_TASK, {"wanted": id}).one_or_none()
    return None if row is None else to_task(row)


def attached_tasks(connection: Connection, ids: Iterable[GenerationId]) -> list[Task]:
    """Read the tasks of some generations, the oldest of each first."""
    return [to_task(row) for part in portions(ids) for row in connection.execute(_ATTACHED, {"wanted": part})]


def unpaid(connection: Connection, ids: Iterable[GenerationId]) -> frozenset[GenerationId]:
    return frozenset(id for part in portions(ids) for id in connection.scalars(_UNPAID, {"wanted": part}))


def task_with_key(connection: Connection, team: TeamId, idempotency_key: str) -> Task | None:
    row = connection.execute(_OF_KEY, {"of_team": team, "of_key": idempotency_key}).one_or_none()
    return None if row is None else to_task(row)


def seen(connection: Connection, task: Task) -> Seen:
    return Seen(task, generation_of(connection, task.generation))


def portions(ids: Iterable[str]) -> list[list[str]]:
    every = list(ids)
    return [every[start : start + IDS_MAX] for start in range(0, len(every), IDS_MAX)]

"""How a create is recorded: its generation under the fence, its task, what is forwarded, the book."""

from sqlalchemy import Boolean, Connection, bindparam, case, exists, insert, null, or_, select
from sqlalchemy.dialects import postgresql

from gateway.ports.records import FenceMoved, Recorded, SameFingerprint, SameIdempotencyKey, Voided
from gateway.records import lookups
from gateway.records.book import enter_reserved
from gateway.records.fencing import holds
from gateway.records.leases import MINE, QUEUED
from gateway.records.rows import generation_values, request_values, task_values
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations, requests, tasks
from gateway.records.transactions import execute_later
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation, Stage, Task

Recording = Recorded | FenceMoved | Voided | SameFingerprint | SameIdempotencyKey

_waits = exists().where(
    generations.c.stage == QUEUED,
    generations.c.lane == bindparam("of_lane"),
    generations.c.turn <= bindparam("at_turn"),
    generations.c.due_at <= bindparam("at_now"),
    or_(bindparam("in_line", type_=Boolean()), generations.c.key == bindparam("of_key")),
)
"""Another one, which is due, waits before it: in its lane, or for the same limits, as one of its key does."""
_UNLESS_THERE = (
    postgresql.insert(generations)
    .values(changed_at=STORE_TIME)
    .on_conflict_do_nothing()
    .returning(generations.c.stage)
)
"""Both stores write it alike: nothing is inserted where id or fingerprint is there already."""
_QUEUE = _UNLESS_THERE
_FORWARD = _UNLESS_THERE.values(
    stage=case((_waits, Stage.QUEUED.value), else_=Stage.FORWARDING.value),
    slot=case((_waits, null()), else_=bindparam("taken")),
    lease_owner=case((_waits, null()), else_=MINE["lease_owner"]),
    lease_until=case((_waits, 0), else_=MINE["lease_until"]),
)
_STAGE = select(generations.c.stage).where(generations.c.id == bindparam("wanted"))
_INSERT_REQUEST = insert(requests)
_INSERT_TASK = insert(tasks)


def record(
    connection: Connection, fence: Fence, *, generation: Generation, task: Task, in_line: bool, me: str
) -> Recording:
    """Record under the fence, unless the id is used up or the like of it is there.

    What is forwarded is kept for a generation that waits: one that is sent at once is sent by this process or
    by none.
    """
    if not holds(connection, fence):
        return FenceMoved()
    if task.idempotency_key is not None:
        same = lookups.task_with_key(connection, task.team, task.idempotency_key)
        if same is not None:
            return SameIdempotencyKey(same)
    stage = _inserted(connection, generation, in_line=in_line, me=me)
    if stage is None:
        return _why_not(connection, generation)
    insert_task(connection, task)
    if stage is Stage.QUEUED:
        execute_later(connection, _INSERT_REQUEST, request_values(generation))
    enter_reserved(connection, generation, task)
    return Recorded(stage)


def insert_task(connection: Connection, task: Task) -> None:
    connection.execute(_INSERT_TASK, task_values(task))


def _inserted(connection: Connection, generation: Generation, *, in_line: bool, me: str) -> Stage | None:
    """Insert a generation, as QUEUED where another one waits before it; None where it cannot be."""
    values = generation_values(generation)
    if generation.stage is Stage.FORWARDING:
        del values["stage"]
        taken = values.pop("slot")
        before = {
            "of_lane": generation.lane,
            "of_key": generation.key,
            "at_turn": generation.turn,
            "at_now": values["created_at"],
        }
        stage = connection.scalar(
            _FORWARD, {**values, **before, "taken": taken, "in_line": in_line, "me": me}
        )
    else:
        stage = connection.scalar(_QUEUE, values)
    return None if stage is None else Stage(stage)


def _why_not(connection: Connection, generation: Generation) -> Recorded | Voided | SameFingerprint:
    """Tell what is there instead: the id, which may be its own of an earlier attempt, or the like of it."""
    stage = connection.scalar(_STAGE, {"wanted": generation.id})
    if stage is None:
        return SameFingerprint()
    return Voided() if stage == Stage.VOID else Recorded(Stage(stage))

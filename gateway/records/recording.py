"""How a create is recorded: its generation under the fence, its task, what is forwarded, the book.

Whether it can be is asked by the statements themselves, so that they go to the store on one way, with the
commit. Where nothing was recorded, the store is asked why.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    Text,
    bindparam,
    exists,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import ReturningInsert

from gateway.ports.records import FenceMoved, Recorded, SameFingerprint, SameIdempotencyKey, Voided
from gateway.records import lookups
from gateway.records.book import enter_reserved
from gateway.records.crew import Told
from gateway.records.driver import Rows
from gateway.records.fencing import STANDS, hold_later, holds, stands
from gateway.records.leases import MINE, QUEUED
from gateway.records.rows import (
    NEW_GENERATION,
    NEW_REQUEST,
    NEW_TASK,
    Values,
    generation_values,
    request_values,
    task_values,
    values_of,
)
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations, requests, tasks
from gateway.records.transactions import begin_round, execute_later
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation, Stage, Task

Recording = Recorded | FenceMoved | Voided | SameFingerprint | SameIdempotencyKey

_waits = exists().where(
    generations.c.stage == QUEUED,
    generations.c.lane == bindparam("lane"),
    generations.c.turn <= bindparam("turn"),
    generations.c.due_at <= bindparam("created_at"),
    or_(bindparam("in_line", type_=Boolean()), generations.c.key == bindparam("key")),
)
"""Another one, which is due, waits before it: in its lane, or for the same limits, as one of its key does."""
_same_key = exists().where(
    tasks.c.team == bindparam("team"),
    tasks.c.idempotency_key == bindparam("idempotency_key", type_=Text()),
    tasks.c.detached_at.is_(None),
)


def _unless(*hindrances: ColumnElement[bool], **more: ColumnElement[Any]) -> ReturningInsert[Any]:
    """Insert a generation under the fence, unless its id or fingerprint is there."""
    values = [*values_of(generations, NEW_GENERATION), STORE_TIME, *more.values()]
    free: Select[Any] = select(*values).where(STANDS, *[~hindrance for hindrance in hindrances])
    return (
        postgresql.insert(generations)  # both stores write it alike
        .from_select([*NEW_GENERATION, "changed_at", *more], free)
        .on_conflict_do_nothing()
        .returning(generations.c.id)
    )


_QUEUE = _unless(_same_key)
_FORWARD = _unless(_same_key, _waits, **MINE)
_ADD_REQUEST = insert(requests).from_select(
    NEW_REQUEST, select(*values_of(requests, NEW_REQUEST)).where(lookups.IS_NEW)
)
_ADD_TASK = insert(tasks).from_select(NEW_TASK, select(*values_of(tasks, NEW_TASK)).where(lookups.IS_NEW))
_INSERT_TASK = insert(tasks)
_STAGE = select(generations.c.stage).where(generations.c.id == bindparam("wanted"))
_IS_LIKE = select(exists().where(generations.c.fingerprint == bindparam("same")))


class Draft(NamedTuple):
    """What is to be recorded, under which fence, for which process."""

    fence: Fence
    generation: Generation
    task: Task
    in_line: bool
    me: str

    @property
    def is_to_be_sent(self) -> bool:
        return self.generation.stage is Stage.FORWARDING

    def queued(self) -> "Draft":
        """Make it one that waits."""
        return self._replace(generation=structs.replace(self.generation, stage=Stage.QUEUED, slot=None))


def record(connection: Connection, drafts: Sequence[Draft]) -> list[Told[bool]]:
    """Record under the fence what is not used up, of which no like is there, and before which none waits.

    What is forwarded is kept for a generation that waits: one that is sent at once is sent by this process or
    by none.
    """
    hold_later(connection)
    told: dict[int, Told[bool]] = {}
    for places in _rounds(drafts):
        begin_round(connection)
        told.update((place, _recorded(connection, drafts[place])) for place in places)
    return [told[place] for place in range(len(drafts))]


def why_not(connection: Connection, draft: Draft) -> Recording | None:
    """Tell why a draft was not recorded; None when it has to wait, or nothing stands in its way any more.

    An id that is there may be its own of an earlier attempt.
    """
    if not holds(connection, draft.fence):
        return FenceMoved()
    generation, task = draft.generation, draft.task
    if task.idempotency_key is not None:
        same = lookups.task_with_key(connection, task.team, task.idempotency_key)
        if same is not None:
            return SameIdempotencyKey(same)
    stage = connection.scalar(_STAGE, {"wanted": generation.id})
    if stage is not None:
        return Voided() if stage == Stage.VOID else Recorded(Stage(stage))
    return SameFingerprint() if connection.scalar(_IS_LIKE, {"same": generation.fingerprint}) else None


def insert_task(connection: Connection, task: Task) -> None:
    """Insert another task of a generation at the end of the transaction."""
    execute_later(connection, _INSERT_TASK, task_values(task))


def _rounds(drafts: Sequence[Draft]) -> list[list[int]]:
    """Let those that wait come before those that are sent, which may have to wait for them.

    Each that has an Idempotency-Key comes alone, and finds what those before it recorded.
    """
    rounds: list[list[int]] = []
    for is_to_be_sent in (False, True):
        places = [place for place, draft in enumerate(drafts) if draft.is_to_be_sent is is_to_be_sent]
        keyed = [place for place in places if drafts[place].task.idempotency_key is not None]
        rounds += [[place for place in places if place not in keyed], *([place] for place in keyed)]
    return rounds


def _recorded(connection: Connection, draft: Draft) -> Told[bool]:
    """Leave for the end: a generation, and if it is inserted what belongs to it."""
    inserted = execute_later(connection, _FORWARD if draft.is_to_be_sent else _QUEUE, _values(draft))
    if not draft.is_to_be_sent:
        execute_later(connection, _ADD_REQUEST, request_values(draft.generation))
    execute_later(connection, _ADD_TASK, task_values(draft.task))
    enter_reserved(connection, draft.generation, draft.task)
    return partial(_is_there, inserted)


def _is_there(rows: Rows) -> bool:
    return bool(rows)


def _values(draft: Draft) -> Values:
    values = generation_values(draft.generation) | stands(draft.fence)
    values["idempotency_key"] = draft.task.idempotency_key
    if draft.is_to_be_sent:
        values |= {"in_line": draft.in_line, "me": draft.me}
    return values

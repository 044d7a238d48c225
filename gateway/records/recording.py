"""How a create is recorded: its generation under the fence, its task, what is forwarded, the book."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Boolean, Connection, bindparam, case, exists, insert, null, or_, select
from sqlalchemy.dialects import postgresql

from gateway.ports.records import FenceMoved, Recorded, SameFingerprint, SameIdempotencyKey, Voided
from gateway.records import lookups
from gateway.records.book import enter_reserved
from gateway.records.driver import execute_each
from gateway.records.fencing import holds
from gateway.records.leases import MINE, QUEUED
from gateway.records.rows import Values, generation_values, request_values, task_values
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations, requests, tasks
from gateway.records.transactions import execute_later, execute_now
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import TeamId

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


def record(connection: Connection, drafts: Sequence[Draft]) -> list[Recording]:
    """Record under the fence what is not used up, and of which no like is there.

    What is forwarded is kept for a generation that waits: one that is sent at once is sent by this process or
    by none.
    """
    told: dict[int, Recording] = {}
    for places in _rounds(drafts):
        execute_now(connection)
        told.update(zip(places, _recorded(connection, [drafts[place] for place in places]), strict=True))
    return [told[place] for place in range(len(drafts))]


def _rounds(drafts: Sequence[Draft]) -> Iterable[list[int]]:
    """Part drafts of one Idempotency-Key, so that each one but the first finds what the first made of it."""
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    before: Counter[tuple[TeamId, str]] = Counter()
    for place, draft in enumerate(drafts):
        key = draft.task.idempotency_key
        rounds[0 if key is None else before[draft.task.team, key]].append(place)
        if key is not None:
            before[draft.task.team, key] += 1
    return rounds.values()


def _recorded(connection: Connection, drafts: Sequence[Draft]) -> list[Recording]:
    found = [_found(connection, draft) for draft in drafts]
    new = [draft for draft, there in zip(drafts, found, strict=True) if there is None]
    tried = list(zip(new, _inserted(connection, new), strict=True))
    _complete(connection, [(draft, stage) for draft, stage in tried if stage is not None])
    answers = iter(
        [
            _why_not(connection, draft.generation) if stage is None else Recorded(stage)
            for draft, stage in tried
        ]
    )
    return [there or next(answers) for there in found]


def insert_task(connection: Connection, task: Task) -> None:
    """Insert a task at the end of the transaction."""
    execute_later(connection, _INSERT_TASK, task_values(task))


def _found(connection: Connection, draft: Draft) -> FenceMoved | SameIdempotencyKey | None:
    """Tell what stands against a record before it is tried."""
    if not holds(connection, draft.fence):
        return FenceMoved()
    if draft.task.idempotency_key is None:
        return None
    same = lookups.task_with_key(connection, draft.task.team, draft.task.idempotency_key)
    return None if same is None else SameIdempotencyKey(same)


def _inserted(connection: Connection, drafts: Sequence[Draft]) -> list[Stage | None]:
    """Insert generations, as QUEUED where another one waits before them; tell None where it cannot be."""
    stages: list[Stage | None] = [None] * len(drafts)
    for insertion, is_to_be_sent in ((_FORWARD, True), (_QUEUE, False)):
        places = [place for place, draft in enumerate(drafts) if draft.is_to_be_sent is is_to_be_sent]
        told = execute_each(connection, insertion, [_values(drafts[place]) for place in places])
        for place, rows in zip(places, told, strict=True):
            stages[place] = Stage(rows[0].stage) if rows else None
    return stages


def _values(draft: Draft) -> Values:
    generation = draft.generation
    values = generation_values(generation)
    if not draft.is_to_be_sent:
        return values
    del values["stage"]
    taken = values.pop("slot")
    before = {
        "of_lane": generation.lane,
        "of_key": generation.key,
        "at_turn": generation.turn,
        "at_now": values["created_at"],
    }
    return {**values, **before, "taken": taken, "in_line": draft.in_line, "me": draft.me}


def _complete(connection: Connection, recorded: Sequence[tuple[Draft, Stage]]) -> None:
    """Add what belongs to generations: a task each, what is to be forwarded later, a line in the book."""
    for draft, stage in recorded:
        insert_task(connection, draft.task)
        if stage is Stage.QUEUED:
            execute_later(connection, _INSERT_REQUEST, request_values(draft.generation))
        enter_reserved(connection, draft.generation, draft.task)


def _why_not(connection: Connection, generation: Generation) -> Recorded | Voided | SameFingerprint:
    """Tell what is there instead: the id, which may be its own of an earlier attempt, or the like of it."""
    stage = connection.scalar(_STAGE, {"wanted": generation.id})
    if stage is None:
        return SameFingerprint()
    return Voided() if stage == Stage.VOID else Recorded(Stage(stage))

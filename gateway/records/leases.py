"""Leases: which process works on a generation, and until when by the store's clock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, func, literal_column, or_, select, update

from gateway.records.database import Database
from gateway.records.lookups import portions
from gateway.records.rows import GENERATIONS, Values, to_generation, to_micros
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import GenerationId

LEASE = timedelta(seconds=120)
"""Of what is sent. Longer than the longest step, a create sent after 30 s that Runway takes 65 s to answer,
so that no process loses what it still has in hand; what a dead process was to send is given up then, or as
soon as its gateway knows that it is dead."""
FOLLOWING = timedelta(seconds=30)
"""Of all else, which two processes may well do at once: so soon, others go on with a dead process's work."""
MINE: Mapping[str, ColumnElement[Any]] = {
    "lease_owner": bindparam("me"),
    "lease_until": STORE_TIME + LEASE // timedelta(microseconds=1),
}
NOBODYS: Mapping[str, object] = {"lease_owner": None, "lease_until": 0}
QUEUED: ColumnElement[str] = literal_column("'queued'")
"""Written into statements, so that both stores use the index of those that wait."""

_those = generations.c.id.in_(bindparam("those", expanding=True))
_is_mine = generations.c.lease_owner == bindparam("me")
_FREE = (
    GENERATIONS.where(
        generations.c.stage == bindparam("of_stage"),
        generations.c.due_at <= bindparam("now"),
        generations.c.lease_until <= STORE_TIME,
    )
    .order_by(generations.c.due_at, generations.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(generations)
    .where(_those)
    .values(lease_owner=bindparam("me"), lease_until=STORE_TIME + FOLLOWING // timedelta(microseconds=1))
)
_RENEW = _TAKE.where(_is_mine).returning(generations.c.id)
_LET_GO = update(generations).where(_those, _is_mine).values(NOBODYS)
_RELEASE = (
    update(generations)
    .where(generations.c.id == bindparam("wanted"), or_(_is_mine, generations.c.lease_owner.is_(None)))
    .values({**NOBODYS, "due_at": bindparam("due")})
)

_place = func.row_number().over(
    partition_by=(generations.c.lane, generations.c.key), order_by=(generations.c.turn, generations.c.id)
)
_due = (
    select(generations.c.id, generations.c.turn, _place.label("place"))
    .where(generations.c.stage == QUEUED, generations.c.due_at <= bindparam("now"))
    .subquery()
)
_first = (
    select(_due.c.id)
    .order_by(_due.c.place, _due.c.turn, _due.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("past"))
    .subquery()
)
_FIRST_QUEUED = GENERATIONS.where(generations.c.id.in_(select(_first.c.id))).order_by(
    generations.c.turn, generations.c.id
)


class Leases:
    """The part of the port Stages that says who works on what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, stage: Stage, *, now: datetime, limit: int) -> list[Generation]:
        wanted = {"of_stage": stage.value, "now": to_micros(now), "most": limit}

        def take(connection: Connection) -> list[Generation]:
            free = [to_generation(row) for row in connection.execute(_FREE, wanted)]
            for part in portions(generation.id for generation in free):
                connection.execute(_TAKE, {"those": part, "me": self._database.owner})
            return free

        return await self._database.write(take)

    async def renew(self, generations: Collection[GenerationId]) -> frozenset[GenerationId]:
        kept: set[GenerationId] = set()
        for part in portions(generations):
            kept.update(await self._renew({"those": part, "me": self._database.owner}))
        return frozenset(kept)

    async def let_go(self, generations: Collection[GenerationId]) -> None:
        for part in portions(generations):
            mine = {"those": part, "me": self._database.owner}
            await self._database.write(partial(_execute, statement=_LET_GO, values=mine))

    async def release(self, generation: GenerationId, *, due_at: datetime) -> None:
        due = {"wanted": generation, "due": to_micros(due_at), "me": self._database.owner}
        await self._database.write(lambda connection: connection.execute(_RELEASE, due))

    async def queued(self, *, now: datetime, limit: int, past: int = 0) -> list[Generation]:
        """Read the first ones of every key in every lane before any second one."""
        wanted = {"now": to_micros(now), "most": limit, "past": past}
        return await self._database.read(
            lambda connection: [to_generation(row) for row in connection.execute(_FIRST_QUEUED, wanted)]
        )

    async def _renew(self, mine: Values) -> Sequence[GenerationId]:
        return await self._database.write(lambda connection: connection.scalars(_RENEW, mine).all())


def _execute(connection: Connection, *, statement: Update, values: Values) -> None:
    connection.execute(statement, values)

"""How a generation moves from stage to stage: each move is a compare-and-set."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec import structs
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    null,
    or_,
    update,
)
from sqlalchemy.dialects import postgresql

from gateway.records import lookups
from gateway.records.book import enter_closing, enter_corrected
from gateway.records.crew import Told
from gateway.records.database import Database
from gateway.records.driver import Rows
from gateway.records.fencing import holds
from gateway.records.leases import MINE, NOBODYS
from gateway.records.prices import raise_price
from gateway.records.rows import Values, request_values, to_generation, to_json, to_micros
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations, requests, tasks
from gateway.records.transactions import execute_later
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.generation import OPEN, UNCLEAR_SHOWN_RUNNING, Basis, Generation, Stage
from gateway.rules.ids import GenerationId, UpstreamId
from gateway.rules.settlement import Observation, Settlement

SENT = frozenset({Stage.FORWARDING, Stage.UNCLEAR})
"""Where a generation stands whose sender has not told yet what became of it."""

_wanted = generations.c.id == bindparam("wanted")
_at = bindparam("at", type_=BigInteger())
_shown_running = or_(
    generations.c.unclear_at.is_(None),
    generations.c.unclear_at > _at - UNCLEAR_SHOWN_RUNNING // timedelta(microseconds=1),
)
_still_unclear = case(
    (_shown_running, null()),
    else_=generations.c.unclear_at,
)
"""Evidence ends it, unless its tasks show FAILED already."""


def move(*stages: Stage, **values: object) -> Update:
    """Make the change of a generation that stands in one of some stages; the board sees it by its time."""
    return update(generations).where(_wanted, stands_in(stages)).values(changed_at=STORE_TIME, **values)


def stands_in(stages: Iterable[Stage]) -> ColumnElement[bool]:
    """Ask whether a generation stands in one of some stages, which are part of the statement's own text."""
    return generations.c.stage.in_([literal_column(f"'{stage.value}'") for stage in stages])


def only_from(stages: Iterable[Stage], **values: object) -> dict[str, ColumnElement[Any]]:
    """Set columns of a generation that stands in some stages, and leave those of any other."""
    return {
        name: case((stands_in(stages), value), else_=generations.c[name]) for name, value in values.items()
    }


_BEGIN = (
    move(Stage.QUEUED, stage=Stage.FORWARDING.value, slot=bindparam("taken"), forwarded_at=_at, **MINE)
    .where(generations.c.reservation == bindparam("held"), lookups.HAS_PAYER)
    .returning(generations)
)
_is_this_attempt = generations.c.slot.is_not_distinct_from(bindparam("attempt", type_=Text()))
_REQUEUE = move(
    Stage.FORWARDING,
    Stage.UNCLEAR,
    stage=Stage.QUEUED.value,
    unclear_at=null(),
    due_at=bindparam("due"),
    **NOBODYS,
).where(
    generations.c.upstream_id.is_(None),
    _is_this_attempt,
    _shown_running,
)
_START = (
    update(generations)
    .where(_wanted)
    .values(
        upstream_id=bindparam("name"),
        answer=bindparam("said"),
        changed_at=STORE_TIME,
        **only_from(OPEN - {Stage.UNCLEAR}, stage=Stage.RUNNING.value),
        **only_from(
            OPEN,
            forwarded_at=_at,
            progress_at=_at,
            due_at=bindparam("due"),
            lease_owner=null(),
            lease_until=0,
        ),
    )
    .returning(generations)
)
_SEEN: Mapping[str, object] = {
    "upstream_status": bindparam("status"),
    "progress": bindparam("progressed"),
    "progress_at": _at,
    "due_at": bindparam("due"),
}
_OBSERVE = move(Stage.RUNNING, **_SEEN)
_REVIVE = move(
    Stage.UNCLEAR,
    stage=Stage.RUNNING.value,
    slot=bindparam("taken"),
    unclear_at=_still_unclear,
    **_SEEN,
    **NOBODYS,
)
_UNCLEAR = move(
    Stage.FORWARDING,
    Stage.RUNNING,
    stage=Stage.UNCLEAR.value,
    unclear_at=func.coalesce(generations.c.unclear_at, _at),
    due_at=bindparam("due"),
    **NOBODYS,
).where(generations.c.stage == bindparam("stood"), _is_this_attempt)
_CLOSE = (
    update(generations)
    .where(_wanted, generations.c.stage.in_(bindparam("stands", expanding=True)))
    .values(
        changed_at=STORE_TIME,
        stage=Stage.CLOSING.value,
        outcome=bindparam("ended"),
        charged=bindparam("cost"),
        basis=bindparam("known"),
        finished_at=_at,
        due_at=_at,
        fingerprint=case((bindparam("succeeded"), generations.c.fingerprint), else_=null()),
        **NOBODYS,
    )
    .returning(generations)
)
_REFUSE = _CLOSE.where(_is_this_attempt, generations.c.upstream_id.is_(None))
_PROMISED = exists().where(
    tasks.c.generation == generations.c.id, or_(~tasks.c.pays, tasks.c.attempt > bindparam("made_by"))
)
"""Somebody else, or the same client sending again, was told of it."""
_TAKE_BACK = _CLOSE.where(
    or_(generations.c.slot.is_(None), _is_this_attempt), generations.c.upstream_id.is_(None), ~_PROMISED
)
_KEEP_REQUEST = postgresql.insert(requests).on_conflict_do_nothing()
"""Both stores write it alike."""
_DROP_REQUEST = delete(requests).where(requests.c.generation == bindparam("of"))
"""Prompts are kept for as long as they wait to be forwarded, and no longer."""
_FREE_REQUEST = (
    update(tasks).where(tasks.c.generation == bindparam("of")).values(idempotency_key=null(), digest="")
)
"""Nothing was started, so sending it again is a new request, by Idempotency-Key and by automatic retry."""
_FINISH = move(Stage.CLOSING, stage=Stage.DONE.value, **NOBODYS)
_HOLD = move(*OPEN, reserved=bindparam("held"))
_REFRESH = move(Stage.CLOSING, Stage.DONE, outcome=bindparam("ended"))


class Moves:
    """The part of the port Stages that moves and settles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin_forwarding(
        self, fence: Fence, generation: Generation, *, at: datetime
    ) -> Generation | None:
        begin = {
            "wanted": generation.id,
            "held": generation.reservation,
            "taken": generation.slot,
            "at": to_micros(at),
            "me": self._database.owner,
        }
        return await self._database.write(lambda connection: _begun(connection, fence, begin))

    async def requeue(self, generation: Generation, *, at: datetime, due_at: datetime) -> bool:
        again = {
            "wanted": generation.id,
            "attempt": generation.slot,
            "at": to_micros(at),
            "due": to_micros(due_at),
        }
        request = request_values(generation)
        return await self._database.write(lambda connection: _requeued(connection, again, request))

    async def started(
        self,
        generation: GenerationId,
        upstream_id: UpstreamId,
        *,
        answer: bytes | None,
        at: datetime,
        due_at: datetime,
    ) -> Generation:
        start = {
            "wanted": generation,
            "name": upstream_id,
            "said": answer,
            "at": to_micros(at),
            "due": to_micros(due_at),
        }
        return await self._database.write_jointly(_started, start)

    async def correct(self, fence: Fence, generation: GenerationId, credits: Credits) -> bool:
        return await self._database.write(
            lambda connection: _corrected(connection, fence, id=generation, credits=credits)
        )

    async def observe(
        self, generation: GenerationId, seen: Observation, *, at: datetime, due_at: datetime
    ) -> None:
        observed = _observed(generation, seen, at=at, due_at=due_at)
        await self._database.write(lambda connection: _moved(connection, _OBSERVE, observed))

    async def revive(
        self, fence: Fence, generation: Generation, seen: Observation, *, at: datetime, due_at: datetime
    ) -> bool:
        observed = {**_observed(generation.id, seen, at=at, due_at=due_at), "taken": generation.slot}
        return await self._database.write(
            lambda connection: holds(connection, fence) and _moved(connection, _REVIVE, observed)
        )

    async def unclear(self, generation: Generation, *, at: datetime, due_at: datetime) -> bool:
        since = {
            "wanted": generation.id,
            "stood": generation.stage.value,
            "attempt": generation.slot,
            "at": to_micros(at),
            "due": to_micros(due_at),
        }
        return await self._database.write(lambda connection: _moved(connection, _UNCLEAR, since))

    async def close(
        self,
        generation: GenerationId,
        settlement: Settlement,
        *,
        at: datetime,
        stages: Collection[Stage] = OPEN,
    ) -> Generation | None:
        assert OPEN.issuperset(stages), "only what is open can be closed"
        close = _closing(generation, settlement, at=at, stages=stages)
        return await self._database.write(lambda connection: _closed(connection, _CLOSE, close, at=at))

    async def refuse(
        self, generation: Generation, settlement: Settlement, *, at: datetime
    ) -> Generation | None:
        close = _closing(generation.id, settlement, at=at, stages=SENT)
        close |= {"attempt": generation.slot}
        return await self._database.write(lambda connection: _closed(connection, _REFUSE, close, at=at))

    async def take_back(
        self, generation: Generation, settlement: Settlement, *, attempt: int, at: datetime
    ) -> Generation | None:
        close = _closing(generation.id, settlement, at=at, stages=OPEN)
        close |= {"attempt": generation.slot, "made_by": attempt}
        return await self._database.write(lambda connection: _closed(connection, _TAKE_BACK, close, at=at))

    async def finish(self, fence: Fence, generation: GenerationId) -> bool:
        return await self._database.write(
            lambda connection: (
                holds(connection, fence) and _moved(connection, _FINISH, {"wanted": generation})
            )
        )

    async def refresh(self, generation: GenerationId, output: Sequence[str]) -> None:
        await self._database.write(
            lambda connection: _refreshed(connection, generation, output=tuple(output))
        )


def _moved(connection: Connection, change: Update, values: Values) -> bool:
    return connection.execute(change, values).rowcount == 1


def _observed(generation: GenerationId, seen: Observation, *, at: datetime, due_at: datetime) -> Values:
    return {
        "wanted": generation,
        "status": seen.status.value,
        "progressed": seen.progress,
        "at": to_micros(at),
        "due": to_micros(due_at),
    }


def _closing(
    generation: GenerationId, settlement: Settlement, *, at: datetime, stages: Collection[Stage]
) -> Values:
    return {
        "wanted": generation,
        "stands": [stage.value for stage in stages],
        "ended": to_json(settlement.outcome),
        "cost": settlement.charged,
        "known": settlement.basis.value,
        "at": to_micros(at),
        "succeeded": settlement.outcome.succeeded,
    }


def _begun(connection: Connection, fence: Fence, begin: Values) -> Generation | None:
    """Look for tasks by a later statement than the lock, so that none is seen that has left."""
    if not holds(connection, fence) or lookups.locked_row(connection, begin["wanted"]) is None:
        return None
    row = connection.execute(_BEGIN, begin).one_or_none()
    return None if row is None else lookups.with_request(connection, to_generation(row))


def _requeued(connection: Connection, again: Values, request: Values) -> bool:
    """Queue a generation with what is forwarded, which is not kept of one that was to be sent at once."""
    is_queued = _moved(connection, _REQUEUE, again)
    if is_queued:
        connection.execute(_KEEP_REQUEST, request)
    return is_queued


def _started(connection: Connection, starts: Sequence[Values]) -> list[Told[Generation]]:
    started = [execute_later(connection, _START, start) for start in starts]
    for start in starts:
        execute_later(connection, _DROP_REQUEST, {"of": start["wanted"]})
    return [partial(_the_one, rows) for rows in started]


def _the_one(rows: Rows) -> Generation:
    [row] = rows
    return to_generation(row)


def _corrected(connection: Connection, fence: Fence, *, id: GenerationId, credits: Credits) -> bool:
    row = lookups.locked_row(connection, id)
    assert row is not None, "a generation is never deleted"
    before = to_generation(row)
    if before.stage not in OPEN or credits == before.reserved:
        return True
    if credits > before.reserved and not holds(connection, fence):
        return False
    if credits > before.reserved:
        raise_price(connection, before, credits)
    connection.execute(_HOLD, {"wanted": id, "held": credits})
    enter_corrected(connection, structs.replace(before, reserved=credits))
    return True


def _closed(connection: Connection, close: Update, values: Values, *, at: datetime) -> Generation | None:
    row = connection.execute(close, values).one_or_none()
    if row is None:
        return None
    closed = to_generation(row)
    enter_closing(connection, closed, at)
    execute_later(connection, _DROP_REQUEST, {"of": closed.id})
    if closed.exceeds_reservation:
        raise_price(connection, closed, values["cost"])
    if closed.basis is Basis.REFUSED:
        connection.execute(_FREE_REQUEST, {"of": closed.id})
    return closed


def _refreshed(connection: Connection, id: GenerationId, *, output: tuple[str, ...]) -> None:
    row = lookups.locked_row(connection, id)
    assert row is not None, "a generation is never deleted"
    outcome = to_generation(row).outcome
    if outcome is not None and outcome.succeeded:
        ended = to_json(structs.replace(outcome, output=output))
        connection.execute(_REFRESH, {"wanted": id, "ended": ended})

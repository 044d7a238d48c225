"""The fence in SQL: held by whoever adds to what is held, moved by whoever changes what that is worth."""

from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.compiler import compiles

from gateway.records.driver import execute_in_turn
from gateway.records.engines import POSTGRESQL
from gateway.records.rows import Values
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import fence
from gateway.records.transactions import execute_later, notes
from gateway.rules.fence import LAYOUT, Fence

LOCK = 0x72756E776179
"""Names the fence among PostgreSQL's advisory locks. SQLite has one writer and needs none."""

_HELD = "fence"

REBUILDING = timedelta(seconds=5)
"""How long a rebuild may be silent before another process takes over."""

_READ = select(fence.c.epoch, fence.c.policies, fence.c.layout)
_HOLD = select(func.pg_try_advisory_xact_lock_shared(literal_column(str(LOCK))))
_IS_HELD = "gateway.fence"
"""A setting of the transaction, in which a statement finds what one before it was told."""
_SAID = cast(func.pg_try_advisory_xact_lock_shared(literal_column(str(LOCK))), Text)
_HOLD_AND_SAY = select(func.set_config(_IS_HELD, _SAID, literal_column("true")))
_TAKE = select(func.pg_advisory_xact_lock(LOCK))
_IS_FREE = select(func.pg_try_advisory_xact_lock(LOCK))
_END_STILL = text(
    """
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE datname = current_database() AND database = datid AND granted
    AND locktype = 'advisory' AND classid = :high AND objid = :low AND objsubid = 1
    AND wait_event = 'ClientRead' AND state_change < clock_timestamp() - interval '1 second'
    """
).bindparams(high=LOCK >> 32, low=LOCK & 0xFFFFFFFF)
"""Ends the sessions of processes that stand still with the fence in their hands. PostgreSQL does so by itself
where it waits for their next question, and not where it waits for more of one."""
_MOVE = update(fence).returning(fence.c.epoch, fence.c.policies, fence.c.layout)
_is_me = fence.c.rebuilder == bindparam("me")
_until = {"rebuilding_until": STORE_TIME + REBUILDING // timedelta(microseconds=1)}
_BEGIN_REBUILD = (
    update(fence)
    .where(or_(_is_me, fence.c.rebuilding_until <= STORE_TIME))
    .values(rebuilder=bindparam("me"), **_until)
)
_GO_ON = update(fence).where(_is_me).values(_until)
_END_REBUILD = update(fence).where(_is_me).values(rebuilder=None, rebuilding_until=0)
_REBUILDER = select(fence.c.rebuilder)


class _IsHeld(ColumnElement[bool]):
    """Whether `_HOLD_AND_SAY` got the lock. SQLite's only writer holds all."""

    inherit_cache = True
    type = Boolean()


@compiles(_IsHeld, POSTGRESQL)
def _by_setting(_element: _IsHeld, _compiler: object, **_options: object) -> str:
    return f"current_setting('{_IS_HELD}') = 'true'"


@compiles(_IsHeld)
def _always(_element: _IsHeld, _compiler: object, **_options: object) -> str:
    return "1"


STANDS = and_(
    _IsHeld(),
    exists().where(
        fence.c.epoch == bindparam("at_epoch", type_=BigInteger()),
        fence.c.policies == bindparam("at_policies", type_=BigInteger()),
        fence.c.layout == bindparam("at_layout", type_=BigInteger()),
        fence.c.layout == LAYOUT,
    ),
)
"""Whether the fence is held where it should be; asked by a later statement than the lock, as `_held` does."""


def read_fence(connection: Connection) -> Fence:
    [[fence]] = execute_in_turn(connection, _READ)
    return Fence(*fence)


def holds(connection: Connection, expected: Fence) -> bool:
    """Keep the fence where it is until the transaction ends; False when it is elsewhere or on the move.

    Never waits. Units that share a transaction share what the first one found.
    """
    found = _held(connection)
    return found is not None and found == expected and found.layout == LAYOUT


def hold_later(connection: Connection) -> None:
    """Keep the fence where it will be until the transaction ends, before all that is carried out later.

    Never waits. What follows asks whether it `STANDS` where it should.
    """
    if connection.dialect.name == POSTGRESQL:
        execute_later(connection, _HOLD_AND_SAY, {})


def stands(expected: Fence) -> Values:
    """Give the values of `STANDS`."""
    return {"at_epoch": expected.epoch, "at_policies": expected.policies, "at_layout": expected.layout}


def begin_rebuild(connection: Connection, me: str, *, above: int) -> bool:
    """Take the right to rebuild and raise the epoch; False while another process rebuilds."""
    _stop_others(connection)
    if connection.execute(_BEGIN_REBUILD, {"me": me}).rowcount == 0:
        return False
    raise_epoch(connection, above=above)
    return True


def go_on_rebuilding(connection: Connection, me: str) -> None:
    connection.execute(_GO_ON, {"me": me})


def end_rebuilding(connection: Connection, me: str) -> None:
    connection.execute(_END_REBUILD, {"me": me})


def is_rebuilder(connection: Connection, me: str) -> bool:
    return bool(connection.scalar(_REBUILDER) == me)


def raise_epoch(connection: Connection, *, above: int = 0) -> Fence:
    """Move the fence so that nothing reserved before can be recorded any more; past `above` as well."""
    highest = case((fence.c.epoch < above, above), else_=fence.c.epoch)
    return _move(connection, {"epoch": highest + 1, "layout": LAYOUT})


def raise_policies(connection: Connection, *, new_accounts: bool = False) -> Fence:
    """Move the fence because a team, key or policy changed."""
    moved = {"policies": fence.c.policies + 1}
    return _move(connection, moved | ({"epoch": fence.c.epoch + 1} if new_accounts else {}))


def _held(connection: Connection) -> Fence | None:
    """Lock the fence and read it, by a later statement, which sees all that was committed before the lock."""
    kept = notes(connection)
    if _HELD not in kept:
        locking = [_HOLD] if connection.dialect.name == POSTGRESQL else []
        *locked, [fence] = execute_in_turn(connection, *locking, _READ)
        kept[_HELD] = Fence(*fence) if all(is_free for [[is_free]] in locked) else None
    found: Fence | None = kept[_HELD]
    return found


def _stop_others(connection: Connection) -> None:
    """Let nobody hold the fence until the transaction ends; always before its row is changed."""
    if connection.dialect.name == POSTGRESQL and not connection.scalar(_IS_FREE):
        connection.execute(_END_STILL)
        connection.execute(_TAKE)


def _move(connection: Connection, values: dict[str, object]) -> Fence:
    _stop_others(connection)
    epoch, policies, layout = connection.execute(_MOVE.values(values)).one()
    moved = Fence(epoch, policies, layout)
    notes(connection)[_HELD] = moved
    return moved

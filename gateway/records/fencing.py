"""The fence in SQL: held by whoever adds to what is held, moved by whoever changes what that is worth."""

from datetime import timedelta

from sqlalchemy import Connection, bindparam, case, func, literal_column, or_, select, update

from gateway.records.driver import execute_in_turn
from gateway.records.engines import POSTGRESQL
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import fence
from gateway.records.transactions import notes
from gateway.rules.fence import LAYOUT, Fence

LOCK = 0x72756E776179
"""Names the fence among PostgreSQL's advisory locks. SQLite has one writer and needs none."""

_HELD = "fence"

REBUILDING = timedelta(seconds=5)
"""How long a rebuild may be silent before another process takes over."""

_READ = select(fence.c.epoch, fence.c.policies, fence.c.layout)
_HOLD = select(func.pg_try_advisory_xact_lock_shared(literal_column(str(LOCK))))
_TAKE = select(func.pg_advisory_xact_lock(LOCK))
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


def read_fence(connection: Connection) -> Fence:
    [[fence]] = execute_in_turn(connection, _READ)
    return Fence(*fence)


def holds(connection: Connection, expected: Fence) -> bool:
    """Keep the fence where it is until the transaction ends; False when it is elsewhere or on the move.

    Never waits. Units that share a transaction share what the first one found.
    """
    found = _held(connection)
    return found is not None and found == expected and found.layout == LAYOUT


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
    if connection.dialect.name == POSTGRESQL:
        connection.execute(_TAKE)


def _move(connection: Connection, values: dict[str, object]) -> Fence:
    _stop_others(connection)
    epoch, policies, layout = connection.execute(_MOVE.values(values)).one()
    moved = Fence(epoch, policies, layout)
    notes(connection)[_HELD] = moved
    return moved

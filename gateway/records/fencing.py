"""The fence in SQL: held by whoever adds to what is held, moved by whoever changes what that is worth."""

from sqlalchemy import Connection, case, func, select, update

from gateway.records.tables import fence
from gateway.records.transactions import notes
from gateway.rules.fence import LAYOUT, Fence

LOCK = 0x72756E776179
"""Names the fence among PostgreSQL's advisory locks. SQLite has one writer and needs none."""

_HELD = "fence"

_READ = select(fence.c.epoch, fence.c.policies, fence.c.layout)
_HOLD = select(func.pg_try_advisory_xact_lock_shared(LOCK))
_TAKE = select(func.pg_advisory_xact_lock(LOCK))
_MOVE = update(fence).returning(fence.c.epoch, fence.c.policies, fence.c.layout)


def read_fence(connection: Connection) -> Fence:
    epoch, policies, layout = connection.execute(_READ).one()
    return Fence(epoch, policies, layout)


def holds(connection: Connection, expected: Fence) -> bool:
    """Keep the fence where it is until the transaction ends; False when it is elsewhere or on the move.

    Never waits. Units that share a transaction share what the first one found.
    """
    found = _held(connection)
    return found is not None and found == expected and found.layout == LAYOUT


def raise_epoch(connection: Connection, *, above: int = 0) -> Fence:
    """Move the fence so that nothing reserved before can be recorded any more; past `above` as well."""
    highest = case((fence.c.epoch < above, above), else_=fence.c.epoch)
    return _move(connection, {"epoch": highest + 1, "layout": LAYOUT})


def raise_policies(connection: Connection, *, new_accounts: bool = False) -> Fence:
    """Move the fence because a team, key or policy changed."""
    moved = {"policies": fence.c.policies + 1}
    return _move(connection, moved | ({"epoch": fence.c.epoch + 1} if new_accounts else {}))


def _held(connection: Connection) -> Fence | None:
    """Lock the fence and read it, by a later statement than the lock, so that it is not older than it."""
    kept = notes(connection)
    if _HELD not in kept:
        is_free = connection.dialect.name != "postgresql" or connection.scalar(_HOLD)
        kept[_HELD] = read_fence(connection) if is_free else None
    found: Fence | None = kept[_HELD]
    return found


def _move(connection: Connection, values: dict[str, object]) -> Fence:
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE)
    epoch, policies, layout = connection.execute(_MOVE.values(values)).one()
    moved = Fence(epoch, policies, layout)
    notes(connection)[_HELD] = moved
    return moved

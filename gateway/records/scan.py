"""What a rebuild of the ledger needs: a raised epoch, then one snapshot of all that counts."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from gateway.ports.records import Scan
from gateway.records.database import Database
from gateway.records.fencing import begin_rebuild, end_rebuilding, go_on_rebuilding, is_rebuilder, read_fence
from gateway.records.rows import GENERATIONS, to_generation, to_instant
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import generations, policies
from gateway.rules.credits import Credits
from gateway.rules.generation import OPEN, Stage
from gateway.rules.ids import KeyId, Owner, TeamId
from gateway.rules.policy import Per, Policy
from gateway.rules.rebuild import Spent

QUARTER = timedelta(minutes=15) // timedelta(microseconds=1)
REACH: Mapping[Per, timedelta] = {
    Per.MINUTE: timedelta(),
    Per.HOUR: timedelta(days=2),
    Per.DAY: timedelta(days=2),
    Per.ROLLING_DAY: timedelta(days=2),
    Per.MONTH: timedelta(days=33),
}
"""How far back a window may have begun, with the hours that its clock may be moved; requests per minute are
not rebuilt, and `total` reaches back to the beginning."""

_policy = msgspec.json.Decoder(Policy)
_quarter = (generations.c.created_at // QUARTER).label("quarter")
_CLOSED = (
    select(
        generations.c.team,
        generations.c.key,
        generations.c.model,
        _quarter,
        func.sum(generations.c.charged).label("credits"),
        func.count().label("generations"),
    )
    .where(
        generations.c.stage.in_([Stage.CLOSING.value, Stage.DONE.value]),
        generations.c.created_at >= bindparam("since"),
        generations.c.charged > 0,
    )
    .group_by(generations.c.team, generations.c.key, generations.c.model, _quarter)
)
_OPEN = GENERATIONS.where(generations.c.stage.in_([stage.value for stage in OPEN]))
_POLICIES = select(policies.c.owner, policies.c.body)
_NEWEST = select(func.max(generations.c.created_at), STORE_TIME)


class Scans:
    """The part of the port Stages that a rebuild begins with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rebuild_scan(self, *, above: int = 0) -> Scan | None:
        """Raise the epoch, then read.

        Two transactions, because the snapshot must be younger than the lock: whatever was reserved under an
        earlier epoch is in the snapshot or never recorded, and nothing is reserved under the new one before
        its ledger is installed.
        """
        me = self._database.owner
        if not await self._database.write(lambda connection: begin_rebuild(connection, me, above=above)):
            return None
        return await self._database.scan(lambda connection: _scan_of(connection, me))

    async def go_on_rebuilding(self) -> None:
        await self._database.write(lambda connection: go_on_rebuilding(connection, self._database.owner))

    async def end_rebuilding(self) -> None:
        await self._database.write(lambda connection: end_rebuilding(connection, self._database.owner))


def _scan_of(connection: Connection, rebuilder: str) -> Scan | None:
    """Read nothing when another process has taken over meanwhile: what it installs is younger."""
    return scan(connection) if is_rebuilder(connection, rebuilder) else None


def scan(connection: Connection) -> Scan:
    """Read all that a ledger at the present fence must hold."""
    by_owner = {Owner(owner): _policy.decode(body) for owner, body in connection.execute(_POLICIES)}
    closed = connection.execute(_CLOSED, {"since": _since(connection, by_owner)})
    return Scan(
        fence=read_fence(connection),
        closed=[_spent(*row) for row in closed],
        open=[to_generation(row) for row in connection.execute(_OPEN)],
        policies=by_owner,
    )


def _since(connection: Connection, by_owner: Mapping[Owner, Policy]) -> int:
    """Tell how far back any limit reaches, also when the callers' clock stands before the store's."""
    windows = {limit.per for policy in by_owner.values() for limit in policy.limits if limit.per is not None}
    newest, now = connection.execute(_NEWEST).one()
    if newest is None or Per.TOTAL in windows:
        return 0
    reach = max((REACH[per] for per in windows), default=timedelta())
    return int(min(newest, now)) - reach // timedelta(microseconds=1)


def _spent(team: TeamId, key: KeyId, model: str, *sums: int) -> Spent:
    quarter, credits, charged = sums
    return Spent(
        team=team,
        key=key,
        model=model,
        quarter=to_instant(quarter * QUARTER),
        credits=Credits(int(credits)),
        generations=int(charged),
    )

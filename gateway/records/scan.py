"""What a rebuild of the ledger needs: a raised epoch, then one snapshot of all that counts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from gateway.ports.records import Scan
from gateway.records.database import Database
from gateway.records.fencing import begin_rebuild, end_rebuilding, go_on_rebuilding, is_rebuilder, read_fence
from gateway.records.rows import GENERATIONS, to_generation, to_instant, to_micros
from gateway.records.tables import generations, policies
from gateway.rules import rebuild
from gateway.rules.credits import Credits
from gateway.rules.generation import OPEN
from gateway.rules.ids import Owner
from gateway.rules.policy import Policy
from gateway.rules.rebuild import Spent

_FOR_EVER = to_micros(datetime.max.replace(tzinfo=UTC))
_policy = msgspec.json.Decoder(Policy)
_SPENT = (
    select(
        generations.c.team,
        generations.c.key,
        generations.c.model,
        func.sum(generations.c.charged).label("credits"),
        func.count().label("generations"),
    )
    .where(
        generations.c.created_at >= bindparam("begin"),
        generations.c.created_at < bindparam("end"),
        generations.c.charged > 0,
    )
    .group_by(generations.c.team, generations.c.key, generations.c.model)
)
"""Only what is closed has been charged. The stage is not asked: its index would lead through all years."""
_OPEN = GENERATIONS.where(generations.c.stage.in_([stage.value for stage in OPEN]))
_POLICIES = select(policies.c.owner, policies.c.body)


class Scans:
    """The part of the port Stages that a rebuild begins with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rebuild_scan(self, now: datetime, *, above: int = 0) -> Scan | None:
        """Raise the epoch, then read what counts about `now`.

        Two transactions, because the snapshot must be younger than the lock: whatever was reserved under an
        earlier epoch is in the snapshot or never recorded, and nothing is reserved under the new one before
        its ledger is installed.
        """
        me = self._database.owner
        if not await self._database.write(lambda connection: begin_rebuild(connection, me, above=above)):
            return None
        return await self._database.scan(lambda connection: _scan_of(connection, me, now))

    async def go_on_rebuilding(self) -> None:
        await self._database.write(lambda connection: go_on_rebuilding(connection, self._database.owner))

    async def end_rebuilding(self) -> None:
        await self._database.write(lambda connection: end_rebuilding(connection, self._database.owner))


def _scan_of(connection: Connection, rebuilder: str, now: datetime) -> Scan | None:
    """Read nothing when another process has taken over meanwhile: what it installs is younger."""
    return scan(connection, now) if is_rebuilder(connection, rebuilder) else None


def scan(connection: Connection, now: datetime) -> Scan:
    """Read all that a ledger at the present fence must hold."""
    by_owner = {Owner(owner): _policy.decode(body) for owner, body in connection.execute(_POLICIES)}
    waiting_or_sent = [to_generation(row) for row in connection.execute(_OPEN)]
    span = rebuild.span_of(now, waiting_or_sent)
    edges = [to_micros(edge) for edge in rebuild.edges(by_owner.values(), span)]
    return Scan(
        span=span,
        fence=read_fence(connection),
        closed=[
            spent for begin, end in pairwise([*edges, _FOR_EVER]) for spent in _spent(connection, begin, end)
        ],
        open=waiting_or_sent,
        policies=by_owner,
    )


def _spent(connection: Connection, begin: int, end: int) -> Iterator[Spent]:
    """Add up what was made from one instant until before another."""
    since = to_instant(begin)
    for team, key, model, credits, charged in connection.execute(_SPENT, {"begin": begin, "end": end}):
        yield Spent(
            team=team, key=key, model=model, since=since, credits=Credits(int(credits)), generations=charged
        )

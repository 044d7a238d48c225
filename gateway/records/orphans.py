"""What dead processes had in hand, freed by who knows that they are dead: else their leases have to end."""

import asyncio

from sqlalchemy import bindparam, update

from gateway.records import store_time
from gateway.records.crew import Crew
from gateway.records.engines import Patience, connect, to_url
from gateway.records.leases import NOBODYS
from gateway.records.moves import stands_in
from gateway.records.tables import generations
from gateway.rules.generation import OPEN, Stage

PATIENCE = Patience(answer=10.0, statement=8.0, lock=5.0)
"""A start waits for it, and nobody's create does."""

_FREE = (
    update(generations)
    .where(stands_in(OPEN | {Stage.CLOSING}), generations.c.lease_owner.startswith(bindparam("whose")))
    .values(NOBODYS)
)


async def free_orphans(address: str, owners: str, *, patience: Patience = PATIENCE) -> None:
    """End the leases of all processes whose names begin like this.

    What one of them was sending becomes unclear at once, and the rest is followed by others. Were one alive
    after all, nothing would be lost: what it is told later counts as evidence.

    Raises RecordsAway, also when the answer takes too long.
    """
    engine = connect(
        to_url(address), "write", patience=patience, connections=1, clock=store_time.of_this_host
    )
    crew = Crew(engine, name="orphans", threads=1, together_max=1, waiting_max=1)
    try:
        await crew.run(
            lambda connection: connection.execute(_FREE, {"whose": owners}).rowcount, seconds=patience.answer
        )
    finally:
        await asyncio.to_thread(crew.close)

"""What dead processes had in hand, freed by whoever knows that they are dead: else its leases have to end."""

from sqlalchemy import bindparam, literal_column, update
from sqlalchemy.exc import DBAPIError

from gateway.ports.records import RecordsAway
from gateway.records import store_time
from gateway.records.database import QUICK
from gateway.records.engines import TakesNoWrites, connect, to_url
from gateway.records.leases import NOBODYS
from gateway.records.tables import generations
from gateway.rules.generation import OPEN, Stage

_UNFINISHED = generations.c.stage.in_(
    [literal_column(f"'{stage.value}'") for stage in Stage if stage in OPEN or stage is Stage.CLOSING]
)
_FREE = (
    update(generations)
    .where(_UNFINISHED, generations.c.lease_owner.startswith(bindparam("whose"), autoescape=False))
    .values(NOBODYS)
)


def free_orphans(address: str, owners: str) -> None:
    """End the leases of all processes whose names begin like this.

    What one of them was sending becomes unclear at once, and the rest is followed by others. Were one alive
    after all, nothing would be lost: what it is told later counts as evidence.

    Raises RecordsAway.
    """
    engine = connect(to_url(address), "write", patience=QUICK, connections=1, clock=store_time.of_this_host)
    try:
        with engine.begin() as connection:
            connection.execute(_FREE, {"whose": owners})
    except (DBAPIError, TakesNoWrites) as away:
        raise RecordsAway from away
    finally:
        engine.dispose()

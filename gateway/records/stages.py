"""The life of a generation, as the port Stages has it."""

from collections.abc import Collection
from functools import partial

from gateway.records import lookups
from gateway.records.database import Database
from gateway.records.departures import Departures
from gateway.records.leases import Leases
from gateway.records.moves import Moves
from gateway.records.scan import Scans
from gateway.rules.generation import Generation
from gateway.rules.ids import GenerationId


class SqlStages(Leases, Moves, Departures, Scans):
    """Implements the port Stages."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    async def find(self, generations: Collection[GenerationId]) -> dict[GenerationId, Generation]:
        """Read in portions, so that no number of them is too many for one reading."""
        found: dict[GenerationId, Generation] = {}
        for part in lookups.portions(generations):
            read = await self._database.read(
                partial(lookups.generations_of, ids=[GenerationId(id) for id in part])
            )
            found.update({generation.id: generation for generation in read})
        return found

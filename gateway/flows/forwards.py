"""The forwards that are under way in this process, and the wait for one that may be in any."""

import asyncio
from dataclasses import dataclass, field

from gateway.flows.forward import Forward
from gateway.ports.clock import Clock
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway, Stages
from gateway.ports.spawn import Spawn
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import GenerationId

WAIT_SECONDS = 45.0
"""How long a client waits for Runway's own answer: well below the 60 s after which the SDKs send again."""
LOOK_SECONDS = 0.25
"""How often the records are read for a forward that another process has in hand."""


@dataclass(frozen=True, kw_only=True)
class Forwards:
    """Starts forwards in the background, so that a client that leaves does not cancel them."""

    forward: Forward
    stages: Stages
    clock: Clock
    spawn: Spawn
    wait_seconds: float = WAIT_SECONDS
    _under_way: dict[GenerationId, asyncio.Task[Generation]] = field(default_factory=dict)

    def start(self, generation: Generation, *, awaited: bool) -> None:
        """Send a generation that this process holds as FORWARDING; `awaited` when a client waits for it."""
        sending = self.spawn(self.forward.send(generation, awaited=awaited))
        self._under_way[generation.id] = sending
        sending.add_done_callback(lambda _: self._under_way.pop(generation.id, None))

    async def outcome(self, generation: Generation) -> Generation:
        """Wait, within bounds, until a generation is no longer FORWARDING, and answer it as it then stands.

        An answer that could not be recorded leaves it as it was: perhaps started, so nothing is taken back.
        """
        try:
            async with asyncio.timeout(self.wait_seconds):
                sending = self._under_way.get(generation.id)
                if sending is not None:
                    return await asyncio.shield(sending)
                return await self._elsewhere(generation)
        except (TimeoutError, RecordsAway, LedgerAway):
            return generation

    async def _elsewhere(self, generation: Generation) -> Generation:
        while generation.stage is Stage.FORWARDING:
            await self.clock.sleep(LOOK_SECONDS)
            found = await self.stages.find({generation.id})
            generation = found.get(generation.id, generation)
        return generation

"""Ways in beside the operations of Runway's API: files, forms of uploads, the entrance of a session.

None asks for an API key. A fault reaches one only when it names it; the journal has them all.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from mock_server import interference
from mock_server.asgi import Answer, Hangup, Request
from mock_server.calls import Refused
from mock_server.faults.armory import Circumstances
from mock_server.journal import Record
from mock_server.refusals import reason_of
from mock_server.router import Parameters
from mock_server.tenant import Tenant
from mock_server.world import World

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Thing]):
    """What the path leads to, and whose it is. `task` and `model` are those that it came from."""

    tenant: Tenant
    thing: Thing
    model: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideDoor(Generic[Thing]):
    """`name` is what faults and the journal call it. `missing` is the answer where nothing is found."""

    name: str
    path: str
    find: Callable[[World, Request, Parameters], Found[Thing] | None]
    enter: Callable[[World, Request, Found[Thing]], Awaitable[Answer]]
    missing: Answer

    async def __call__(self, world: World, request: Request, parameters: Parameters) -> Answer | Hangup:
        found = self.find(world, request, parameters)
        outcome = self.missing if found is None else await self._carry_out(world, request, found)
        if found is None or world.knows(found.tenant):
            world.journal.add(self._record(world, request, found, outcome))
        return outcome

    async def _carry_out(self, world: World, request: Request, found: Found[Thing]) -> Answer | Hangup:
        try:
            faults = interference.faults_of(request, b"", self._circumstances(found), world.armory)
            return await interference.carry_out(
                lambda: self.enter(world, request, found), faults, world.surroundings.sleep
            )
        except Refused as refused:
            return refused.answer

    def _circumstances(self, found: Found[Thing]) -> Circumstances:
        return Circumstances(
            operation=self.name,
            model=lambda: found.model,
            tenant=found.tenant.key,
            now=found.tenant.advance(),
            is_side_door=True,
        )

    def _record(
        self, world: World, request: Request, found: Found[Thing] | None, outcome: Answer | Hangup
    ) -> Record:
        clock = world.clock if found is None else found.tenant.clock
        return Record(
            number=world.journal.next_number(),
            moment=clock.now(),
            operation=self.name,
            method=request.method,
            path=request.path,
            status=outcome.status,
            tenant="" if found is None else found.tenant.key,
            task="" if found is None else found.task,
            reason=reason_of(outcome),
        )

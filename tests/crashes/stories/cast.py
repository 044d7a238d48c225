"""Who plays in a story, and what its scenes are set with."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from msgspec import structs

from gateway.flows.asked import Created
from gateway.flows.cancel import Cancel
from gateway.flows.create import Create
from gateway.rules.generation import Generation
from gateway.rules.ids import slot_id
from gateway.rules.policy import Policy
from tests.gateway.flows.barrier import barrier, opening
from tests.gateway.flows.play import (
    Member,
    Peer,
    Play,
    clip,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
    task_id,
)

BUDGET = limits(credits_limit(1000), generations_limit(4), running_limit(1))
MINUTE = timedelta(minutes=1, seconds=1)
Act = Callable[[], Awaitable[object]]


@dataclass
class Cast:
    """A gateway that will die, one that lives, a team; and the round, which all bodies name."""

    play: Play
    victim: Peer
    survivor: Peer
    member: Member
    number: int
    scene: ExitStack
    """What ends with the victim."""

    @property
    def create(self) -> Create:
        """The create that dies."""
        return self.victim.gateway.app.surface.create

    @property
    def cancel(self) -> Cancel:
        """The cancel that dies."""
        return self.victim.gateway.app.surface.cancel

    def body(self, **changes: object) -> dict[str, Any]:
        return clip(promptText=f"round {self.number}", **changes)

    async def creating(self, member: Member | None = None, **wishes: Any) -> Act:  # noqa: ANN401 (fields of what is asked)
        body = wishes.pop("body", self.body())
        asked = await self.victim.asked(member or self.member, body, **wishes)
        return lambda: self.create.create(asked)

    def cancelling(self, created: Created) -> Act:
        return lambda: self.cancel.cancel(task_id(created), self.member.team)

    async def made_before(self, **changes: object) -> Created:
        """Create with the survivor."""
        return await self.survivor.create(self.member, self.body(**changes))

    async def slot_taken(self) -> Created:
        """Take the team's only slot, so that what comes next is queued."""
        return await self.survivor.create(self.member, clip(promptText=f"before round {self.number}"))

    async def under_way(self, body: dict[str, Any], **wishes: Any) -> None:  # noqa: ANN401 (fields of what is asked)
        """Let the survivor send a create, which leaves it only when the victim has come to wait for it."""
        sending = self.scene.enter_context(barrier(self.survivor.background.forward.upstream, "create"))
        _ = self.survivor.gateway.group.spawn(self.survivor.create_slowly(self.member, body, **wishes))
        await sending.reached.wait()
        self.scene.enter_context(opening(sending, self.victim.background.stages, "find"))

    async def begun(self) -> Generation:
        """Queue a create, and take it from the queue as one that is sent at once; but nobody sends it."""
        await self.slot_taken()
        queued = await self.survivor.generation(await self.made_before())
        fence, now = await self.survivor.background.admissions.fence(), self.play.clock.now()
        taken = structs.replace(queued, slot=slot_id(queued.id, "nobody's"))
        begun = await self.survivor.background.stages.begin_forwarding(fence, taken, at=now)
        assert begun is not None, "it was queued"
        return begun

    async def newcomer(self, policy: Policy) -> Member:
        """Add another team, of which the victim knows."""
        member = await self.survivor.add_member(f"newcomer-{self.number}", policy)
        await self.victim.begin()
        return member

    async def policy_set(self) -> None:
        """Write a policy again in the records alone, as one who died before the ledger was told."""
        await self.survivor.administer.directory.set_policy(
            self.member.team_owner, BUDGET, if_version=None, actor="admin", at=self.play.clock.now()
        )

    async def fence_moves(self) -> None:
        """Let the survivor change what moves the fence, which the victim has not seen."""
        await self.survivor.add_member(f"stranger-{self.number}")

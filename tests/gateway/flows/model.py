"""The money of two teams in a few lines: what the gateways beside it must come to."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from gateway.rules.ids import TaskId
from tests.gateway.flows.play import CLIP_COST

REUSED_FOR = timedelta(hours=24)
RETRIED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of a create that is sent: what Runway estimates for it, and what it costs in the end."""

    fault: dict[str, Any] | None = None
    factor: float = 1.0
    estimate: int = CLIP_COST
    ends_at: int = CLIP_COST


FATES = {
    "as estimated": Fate(),
    "dearer in the end": Fate(fault={"fault": "cost", "credits": 40, "times": 1}, ends_at=40_000),
    "refunded": Fate(fault={"fault": "fail", "times": 1}, ends_at=0),
    "estimated higher": Fate(factor=1.2, estimate=30_000, ends_at=30_000),
    "estimated lower": Fate(factor=0.4, estimate=10_000, ends_at=10_000),
}


@dataclass
class Ticket:
    """A task: whose it is, and whether an automatic retry may still take it."""

    team: int
    at: datetime
    may_be_taken: bool = True


@dataclass
class Clip:
    """A generation: who pays how much for it, and who is attached, the oldest first."""

    payer: TaskId
    team: int
    began: datetime
    seed: int | None
    ends_at: int
    """What it costs when it ends by itself."""
    tickets: dict[TaskId, Ticket]
    amount: int
    is_open: bool = True
    is_shared: bool = True


@dataclass
class Books:
    """What two teams spend a day, and what they may."""

    most: dict[int, int]
    clips: list[Clip] = field(default_factory=list)
    excess: set[tuple[int, date]] = field(default_factory=set)
    """Where truth went beyond a limit, or a limit was lowered below it."""
    price: int = CLIP_COST
    """What a create reserves: the most that one like it turned out to cost."""

    def spent(self, team: int, at: datetime) -> int:
        return sum(clip.amount for clip in self.clips if clip.team == team and clip.began.date() == at.date())

    def fits(self, team: int, at: datetime, *, more: int, gone: int = 0) -> bool:
        return self.spent(team, at) - gone + more <= self.most[team]

    def is_within(self, team: int, at: datetime) -> bool:
        return self.spent(team, at) <= self.most[team] or (team, at.date()) in self.excess

    def note_excess(self, team: int, at: datetime) -> None:
        if self.spent(team, at) > self.most[team]:
            self.excess.add((team, at.date()))

    def like(self, seed: int | None, now: datetime) -> Clip | None:
        """What an identical request shares."""
        for clip in self.clips:
            if seed is not None and clip.seed == seed and clip.is_shared and now - clip.began < REUSED_FOR:
                return clip
        return None

    def retried(self, team: int, seed: int | None, now: datetime) -> dict[TaskId, Ticket]:
        """What an automatic retry may have made before."""
        return {
            task: ticket
            for clip in self.clips
            for task, ticket in clip.tickets.items()
            if clip.seed == seed and ticket.team == team and ticket.may_be_taken
            if now - ticket.at <= RETRIED_FOR
        }

    def leave(self, clip: Clip, task: TaskId, *, is_queued: bool, cost: int) -> None:
        """Detach a task; `cost` is what the clip comes to when that was the last one."""
        del clip.tickets[task]
        if not clip.is_open:
            return
        if not clip.tickets:
            self.end(clip, cost, shared=False)
        elif is_queued and clip.payer == task:
            self._hand_over(clip)

    def add(self, clip: Clip) -> None:
        """Note a clip at what is held for it now, which tells what the next one like it costs."""
        self.clips.append(clip)
        self.price = max(self.price, clip.amount)
        self.note_excess(clip.team, clip.began)

    def note_unsent(self, team: int, began: datetime) -> None:
        """Note a create that was recorded and closed at once, as it was too late to send it."""
        nobody = TaskId("")
        clip = Clip(nobody, team, began, seed=None, ends_at=0, tickets={}, amount=0, is_open=False)
        self.clips.append(clip)

    def end(self, clip: Clip, amount: int, *, shared: bool) -> None:
        self.price = max(self.price, amount)
        clip.is_open, clip.is_shared, clip.amount = False, shared and clip.is_shared, amount
        self.note_excess(clip.team, clip.began)

    def _hand_over(self, clip: Clip) -> None:
        """Let the oldest who can afford it pay; else it ends for all, and their requests are forgotten."""
        for task, ticket in clip.tickets.items():
            gone = clip.amount if ticket.team == clip.team else 0
            if self.fits(ticket.team, clip.began, more=clip.amount, gone=gone):
                clip.payer, clip.team = task, ticket.team
                return
        self.end(clip, 0, shared=False)
        for ticket in clip.tickets.values():
            ticket.may_be_taken = False

"""The story of a create on its way to Runway: sent once, never again when it is unclear what became of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from gateway.flows.hold import Hold
from gateway.flows.mend import Mend
from gateway.flows.price import Prices
from gateway.flows.settle import Settle
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.ledger import Ledger, Stale
from gateway.ports.records import RecordsAway, Stages
from gateway.ports.telemetry import Report
from gateway.ports.upstream import NotStarted, PerhapsStarted, Started, Upstream
from gateway.rules.credits import Credits
from gateway.rules.events import Forwarded, PriceDiffered
from gateway.rules.generation import Generation, Stage, UpstreamError
from gateway.rules.refusals import UpstreamAway
from gateway.rules.settlement import Settlement, refused

T = TypeVar("T")

SEND_WITHIN = timedelta(seconds=30)
"""How long after it asked for a slot and a lease a process may still send: the janitor takes unrecorded slots
after 60 s, and a lease ends after 120 s."""
FIRST_POLL_AFTER = timedelta(seconds=3)
"""Nothing that Runway makes is done sooner; the fastest images take about this long."""
QUEUE_PAUSE = timedelta(seconds=15)
"""How long a queued generation waits before it is sent again when Runway was away or overloaded."""
RECORD_TRIES_MAX = 600
RECORD_PAUSE_SECONDS = 1.0
"""How long what Runway answered is kept for the records to come back: ten minutes."""
FAILURE_LENGTH_MAX = 300
"""Characters of Runway's own words in a failure."""
CORRECTIONS_MAX = 3
"""How often a correction meets a moved fence before the next poll has to settle the difference."""


TOO_LATE = NotStarted(status=None, body=None, again=True)


class _Issue(Struct, frozen=True):
    message: str = ""


class _Words(Struct, frozen=True):
    """What Runway says of a refusal, of which a person can read the reason."""

    error: str = ""
    issues: tuple[_Issue, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Sends one recorded generation upstream and records what came back."""

    stages: Stages
    ledger: Ledger
    upstream: Upstream
    mend: Mend
    prices: Prices
    settle: Settle
    hold: Hold
    board: Board
    clock: Clock
    path_of: Callable[[str], str]
    report: Report

    async def send(self, generation: Generation, *, awaited: bool) -> Generation:
        """Send a generation that this process holds as FORWARDING; answer it as it then stands.

        Refused by Runway: DONE, with nothing charged. Runway away, or too late to be sent: the same when a
        client awaits the answer, else back in the queue. Unclear: UNCLEAR, with everything held.
        """
        sent_at = self.clock.now()
        match await self._sent(generation, sent_at):
            case Started() as started:
                return await self._started(generation, started, sent_at)
            case NotStarted(again=True) as refusal if not awaited:
                return await self._back_in_queue(generation, refusal)
            case NotStarted() as refusal:
                return await self._not_started(generation, refusal)
            case PerhapsStarted(why):
                return await self._unclear(generation, why)

    async def give_up(self, generation: Generation) -> Generation:
        """Mark a generation whose sender died before it could say what became of it."""
        return await self._unclear(generation, "the sender ended before the answer was recorded")

    async def _unclear(self, generation: Generation, why: str) -> Generation:
        self._tell(generation, "unclear", None)
        return await self.hold.hold(generation, why)

    async def _sent(self, generation: Generation, now: datetime) -> Started | NotStarted | PerhapsStarted:
        """Send, unless this process stood still for so long that others may think that it never will."""
        if now - generation.held_since > SEND_WITHIN:
            return TOO_LATE
        path = self.path_of(generation.operation)
        return await self.upstream.create(path, generation.body, generation.headers)

    async def _started(self, generation: Generation, answer: Started, at: datetime) -> Generation:
        due_at = self.clock.now() + FIRST_POLL_AFTER
        running = await self._recorded(
            lambda: self.stages.started(generation.id, answer.id, answer=answer.answer, at=at, due_at=due_at)
        )
        self._tell(running, "started", 200)
        running = await self._correct(running, answer.estimate)
        self.board.update(running)
        return running

    async def _recorded(self, record: Callable[[], Awaitable[T]]) -> T:
        """Keep at it while the records are away: what Runway answered is known nowhere else."""
        for _ in range(RECORD_TRIES_MAX):
            try:
                return await record()
            except RecordsAway:
                await self.clock.sleep(RECORD_PAUSE_SECONDS)
        raise RecordsAway

    async def _correct(self, generation: Generation, estimate: Credits | None) -> Generation:
        """Hold what Runway itself estimates: upwards in the ledger first, so that it never stands below."""
        if estimate is None or estimate == generation.reserved or generation.is_terminal:
            return generation
        self.report(
            PriceDiffered(
                operation=generation.operation,
                model=generation.model,
                ours=generation.reserved,
                theirs=estimate,
            )
        )
        if estimate > generation.reserved:
            self.prices.learn(generation, estimate)
        for _ in range(CORRECTIONS_MAX):
            if await self._corrected(generation, estimate):
                return structs.replace(generation, reserved=estimate)
            await self.mend.mend()
        return generation

    async def _corrected(self, generation: Generation, estimate: Credits) -> bool:
        fence = self.mend.fence
        if estimate < generation.reserved:
            recorded = await self.stages.correct(fence, generation.id, estimate)
            held = await self.ledger.correct(fence, generation.reservation, estimate)
            return recorded and not isinstance(held, Stale)
        held = await self.ledger.correct(fence, generation.reservation, estimate)
        return not isinstance(held, Stale) and await self.stages.correct(fence, generation.id, estimate)

    async def _not_started(self, generation: Generation, answer: NotStarted) -> Generation:
        self._tell(generation, "away" if answer.status is None else "refused", answer.status)
        settlement = _refused(answer)
        await self._recorded(lambda: self.settle.refuse(generation, settlement))
        return structs.replace(
            generation, stage=Stage.DONE, outcome=settlement.outcome, charged=settlement.charged
        )

    async def _back_in_queue(self, generation: Generation, answer: NotStarted) -> Generation:
        now = self.clock.now()
        due_at = now + QUEUE_PAUSE
        queued_again = await self._recorded(lambda: self.stages.requeue(generation, at=now, due_at=due_at))
        await self.settle.free_slot(generation)
        if not queued_again:
            return await self._not_started(generation, answer)
        self._tell(generation, "away", answer.status)
        queued = structs.replace(generation, stage=Stage.QUEUED)
        self.board.update(queued)
        return queued

    def _tell(self, generation: Generation, result: str, status: int | None) -> None:
        self.report(
            Forwarded(
                generation=generation.id,
                operation=generation.operation,
                model=generation.model,
                result=result,
                status=status,
                waited=(self.clock.now() - generation.created_at).total_seconds(),
            )
        )


def _refused(answer: NotStarted) -> Settlement:
    """Say with Runway's words why: where nobody awaits the answer, the task alone can tell it."""
    if answer.status is None:
        why = "The gateway stood still" if answer is TOO_LATE else "Runway could not be reached"
        return refused(f"{why}; nothing was started.", code=UpstreamAway.failure_code)
    error = UpstreamError(answer.status, (answer.body or b"").decode(errors="replace"))
    reason = f"Runway refused the request with status {error.status}. {_words(error)}".rstrip()
    return refused(reason, code="UPSTREAM.REFUSED", error=error)


def _words(error: UpstreamError) -> str:
    """Join Runway's sentence and its first issue, cut short; nothing of a body that is not its own."""
    try:
        said = msgspec.json.decode(error.body, type=_Words)
    except (msgspec.DecodeError, RecursionError):
        return ""
    words = (said.error, *(issue.message for issue in said.issues[:1]))
    return ": ".join(filter(None, words))[:FAILURE_LENGTH_MAX]

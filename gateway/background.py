"""What goes on without a request: one loop per stage and per chore, all in one task group."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from gateway.flows.authenticate import Authenticate
from gateway.flows.deliveries import Deliveries
from gateway.flows.dispatch import Dispatch
from gateway.flows.forward import Forward
from gateway.flows.mend import Mend
from gateway.flows.price import Prices
from gateway.flows.retract import Retract
from gateway.flows.settle import Settle
from gateway.flows.watch import Watch
from gateway.ports.clock import Clock
from gateway.ports.ledger import Ledger, LedgerAway
from gateway.ports.records import Admissions, RecordsAway, Stages
from gateway.ports.telemetry import Report
from gateway.rules.events import Event, StepFailed, StoreAway
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import GenerationId
from gateway.rules.pace import poll_delay

T = TypeVar("T")
Step = Callable[[], Awaitable[object]]

LEASED_MAX = 10_000
"""Running generations that one process follows; others take the rest."""
LEASE_BATCH = 500
POLLS_AT_ONCE_MAX = 32
TAKEN_UP_AT_ONCE_MAX = 32
"""Of each kind; what the stores are asked at once shares their round trips and commits."""
RENEW_EVERY = timedelta(seconds=10)
"""A third of a lease: one ends after two renewals in a row that did not go through."""
NO_EVIDENCE_DELAY = timedelta(hours=1)
"""An unclear generation without an upstream id waits for an administrator; nothing is to be read."""
AFTER_FAILURE_SECONDS = 1.0


def told(step: str, failure: BaseException) -> Event:
    """Say in an event what made a step fail."""
    match failure:
        case LedgerAway():
            return StoreAway(store="ledger")
        case RecordsAway():
            return StoreAway(store="records")
        case _:
            return StepFailed(step=step, error=f"{type(failure).__name__} at {_place(failure)}")


def _place(failure: BaseException) -> str:
    """Say where a bug showed; never its text, which may hold anything."""
    frames = traceback.extract_tb(failure.__traceback__)
    return f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"


class Group:
    """Work that outlives the request which started it; it ends when the process does."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._report(told(task.get_name(), failure))

    async def drain(self, seconds: float) -> None:
        """Wait for work under way, at most so long, then cancel what is left."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(kw_only=True)
class Followed:
    """The running generations that this process holds leases on, with when each is read next."""

    stages: Stages
    watch: Watch
    clock: Clock
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    _held: dict[GenerationId, tuple[Generation, datetime]] = field(default_factory=dict)
    _looked_at: set[GenerationId] = field(default_factory=set)
    """Those whose reading is under way or waits for the gate: none is begun twice, however slow Runway is."""
    _renewed_at: datetime | None = None
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(POLLS_AT_ONCE_MAX))
    """Whoever reads a generation at Runway waits for it."""

    async def round(self) -> None:
        """Take what is due and free, keep what is held, read what it is time for."""
        now = self.clock.now()
        if len(self._held) < LEASED_MAX:
            for generation in await self.stages.lease(Stage.RUNNING, now=now, limit=LEASE_BATCH):
                self._held[generation.id] = (generation, now)
        await self._renew(now)
        for id, (generation, at) in list(self._held.items()):
            if at <= now and id not in self._looked_at:
                self._held[id] = (generation, now + poll_delay(generation, now))
                self._looked_at.add(id)
                self.spawn(self._look(generation))

    async def _renew(self, now: datetime) -> None:
        """Keep the leases; what another process took meanwhile is its own now."""
        if self._renewed_at is not None and now - self._renewed_at < RENEW_EVERY:
            return
        kept = await self.stages.renew(self._held)
        self._held = {id: held for id, held in self._held.items() if id in kept}
        self._renewed_at = now

    async def let_go(self) -> None:
        """Leave what is held to other processes at once."""
        held, self._held = self._held, {}
        await self.stages.let_go(held)

    async def _look(self, generation: Generation) -> None:
        try:
            async with self.gate:
                goes_on = await self.watch.look(generation)
        finally:
            self._looked_at.discard(generation.id)
        if goes_on is None:
            self._held.pop(generation.id, None)
        elif generation.id in self._held:
            now = self.clock.now()
            self._held[generation.id] = (goes_on, now + poll_delay(goes_on, now))


@dataclass(kw_only=True)
class Background:
    """Runs every chore at its interval and survives each of its failures."""

    admissions: Admissions
    stages: Stages
    ledger: Ledger
    authenticate: Authenticate
    prices: Prices
    deliveries: Deliveries
    mend: Mend
    settle: Settle
    forward: Forward
    retract: Retract
    dispatch: Dispatch
    watch: Watch
    followed: Followed
    clock: Clock
    report: Report
    chores: dict[str, tuple[float, Step]] = field(default_factory=dict)
    """Chores of adapters, by name: seconds between two rounds, and the step."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, (seconds, step) in {**self._own_chores(), **self.chores}.items():
                group.create_task(self._repeat(name, seconds, step))

    def _own_chores(self) -> dict[str, tuple[float, Step]]:
        return {
            "fence": (0.5, self._watch_fence),
            "prices": (1.0, self.prices.refresh),
            "deliveries": (0.2, self.deliveries.flush),
            "dispatch": (0.5, self._dispatch),
            "doubts": (1.0, self.retract.retract),
            "poll": (1.0, self.followed.round),
            "orphans": (2.0, self._orphans),
            "evidence": (5.0, self._evidence),
            "closing": (1.0, self._closing),
            "abandoned": (15.0, self.mend.release_abandoned),
        }

    async def _repeat(self, name: str, seconds: float, step: Step) -> None:
        while True:
            done = await self.guarded(name, step)
            await self._pause(name, seconds if done else max(seconds, AFTER_FAILURE_SECONDS))

    async def guarded(self, name: str, step: Step) -> bool:
        """Run a step once; tell whether it went through. A bug in one step must not end the others."""
        try:
            await step()
        except Exception as failure:  # noqa: BLE001 - told, and tried again in the next round
            self.report(told(name, failure))
            return False
        return True

    async def _pause(self, name: str, seconds: float) -> None:
        """Wait for the next round; a freed slot ends the wait of the queue."""
        if name != "dispatch":
            await self.clock.sleep(seconds)
            return
        woken = asyncio.ensure_future(self.wake.wait())
        slept = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            await asyncio.wait((woken, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            slept.cancel()

    async def _dispatch(self) -> None:
        self.wake.clear()
        await self.dispatch.dispatch()

    async def _watch_fence(self) -> None:
        """See changes of teams, keys and policies, and a ledger that was lost, before a create does."""
        fence = await self.admissions.fence()
        self.authenticate.policies_are(fence.policies)
        if fence != self.mend.fence or await self.ledger.fence() != fence:
            await self.mend.mend()

    async def _orphans(self) -> None:
        """Take up what a process that died was about to send, or had just sent."""
        await self._take_up(Stage.FORWARDING, self.forward.give_up, name="orphans")

    async def _evidence(self) -> None:
        """Read unclear generations whose upstream id is known."""
        await self._take_up(Stage.UNCLEAR, self._look_again, name="evidence", gate=self.followed.gate)

    async def _look_again(self, generation: Generation) -> None:
        if generation.upstream_id is not None:
            await self.watch.look(generation)
        else:
            await self.stages.release(generation.id, due_at=self.clock.now() + NO_EVIDENCE_DELAY)

    async def _closing(self) -> None:
        """Finish what was booked but not yet given back in the ledger."""
        await self._take_up(Stage.CLOSING, self.settle.free, name="closing")

    async def _take_up(
        self,
        stage: Stage,
        work: Callable[[Generation], Awaitable[object]],
        *,
        name: str,
        gate: asyncio.Semaphore | None = None,
    ) -> None:
        """Lease what is due in a stage and work on each: one that fails is told and holds up no other."""
        gate = gate or asyncio.Semaphore(TAKEN_UP_AT_ONCE_MAX)
        due = await self.stages.lease(stage, now=self.clock.now(), limit=LEASE_BATCH)
        async with asyncio.TaskGroup() as group:
            for generation in due:
                group.create_task(self._one_of_many(name, partial(work, generation), gate=gate))

    async def _one_of_many(self, name: str, step: Step, *, gate: asyncio.Semaphore) -> None:
        async with gate:
            await self.guarded(name, step)

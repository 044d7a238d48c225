"""Any sequence of what teams, administrators, time and accidents do, against a model of a few lines."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from gateway.assembly.adapters import Stores
from gateway.flows.asked import Created
from gateway.flows.forward import SEND_WITHIN
from gateway.ledger.embedded import EmbeddedValkey
from gateway.records.book import EntryKind
from gateway.records.tables import entries
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import ORGANIZATION, TaskId
from gateway.rules.policy import Limit, Per
from gateway.rules.refusals import BudgetExceeded, UpstreamAway
from tests.gateway.flows.books import assert_books_agree, assert_ledger_agrees, assert_ledger_covers
from tests.gateway.flows.clock import ManualClock
from tests.gateway.flows.held import Held, Outcome, until_it_calls
from tests.gateway.flows.model import FATES, Books, Clip, Fate, Ticket
from tests.gateway.flows.play import (
    CLIP_COST,
    PAST_LEASES,
    Play,
    clip,
    credits_limit,
    generations_limit,
    limits,
    records_in_memory,
    running_limit,
    seeded,
    task_id,
)
from tests.gateway.flows.postgres import records_in_postgres
from tests.gateway.flows.upstream import upstream_at

T = TypeVar("T")
Records = Callable[[ManualClock], AbstractContextManager[str]]
"""Empties the records, tells their URL, and lets their clock follow the play's."""


TEAMS = st.sampled_from([0, 1])
PROCESSES = st.sampled_from([0, 1])
SEEDS = st.none() | st.sampled_from([1, 2])
MONTH, ROLLING, TOKYO = (
    credits_limit(100_000, Per.MONTH),
    generations_limit(1000, Per.ROLLING_DAY),
    credits_limit(100_000, timezone="Asia/Tokyo", model="gen4*"),
)
HELD_MAX = 2
RUNNING_MAX = 2
CLIPS_FIRST = 3
MOMENT = timedelta(seconds=1)
"""Between two steps, so that what came first is known."""


class Machine(RuleBasedStateMachine):
    """Two gateways and two teams, beside what their money should come to."""

    valkey: ClassVar[str]
    records: ClassVar[Records]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.books = Books(dict.fromkeys((0, 1), CLIP_COST * CLIPS_FIRST))
        self.held: list[Held] = []
        self._run(self._set_up())

    @rule(team=TEAMS, at=PROCESSES, seed=SEEDS, fate=st.sampled_from(sorted(FATES)))
    def create(self, team: int, at: int, seed: int | None, fate: str) -> None:
        of = FATES[fate]
        armed = None if of.fault is None else self.upstream.arm(**of.fault)
        self.upstream.prices.factor = of.factor

        outcome = self._create(team, at, seed, attempt=0)

        self.upstream.prices.factor = 1.0
        if armed is not None:
            self.upstream.disarm(armed)
        self._check_create(outcome, team, seed, fate=of)

    @rule(team=TEAMS, at=PROCESSES, seed=SEEDS)
    def retry(self, team: int, at: int, seed: int | None) -> None:
        earlier = self.books.retried(team, seed, self.clock.now())

        outcome = self._create(team, at, seed, attempt=1)

        if not earlier:
            self._check_create(outcome, team, seed, fate=Fate(), may_be_taken=False)
        else:
            assert isinstance(outcome, Created)
            earlier[task_id(outcome)].may_be_taken = False

    @precondition(lambda self: len(self.held) < HELD_MAX)
    @rule(team=TEAMS, at=PROCESSES)
    def hold_up(self, team: int, at: int) -> None:
        """Begin a create that reserves what it needs, and stops before it records it."""
        peer, gate = self.peers[at], asyncio.Event()
        self._run(peer.background.prices.refresh())
        create = self._create_or_refuse(team, at, clip(promptText=f"held {self.clock.now()}"), attempt=0)

        creating = self._await(until_it_calls(peer.background.admissions, "record", create, gate))

        if creating.done():
            assert isinstance(creating.result(), BudgetExceeded)
            assert not self._surely_fits(team)
        else:
            self.held.append(Held(team, self.books.price, self.clock.now(), creating, gate))

    @precondition(lambda self: self.held)
    @rule(which=st.randoms(use_true_random=False))
    def let_go(self, which: Random) -> None:
        """Let a create go on in a world that may have changed since it reserved."""
        held = self.held.pop(which.randrange(len(self.held)))

        outcome = self._await(held.outcome())

        match outcome:
            case Created():
                self._note(task_id(outcome), held.team, None, fate=Fate(), may_be_taken=False)
            case BudgetExceeded():
                assert not self._surely_fits(held.team)
            case UpstreamAway():
                assert self.clock.now() - held.at > SEND_WITHIN
                self.books.note_unsent(held.team, held.at)

    @precondition(lambda self: self._attached() and not self.held)
    @rule(at=PROCESSES, which=st.randoms(use_true_random=False))
    def cancel(self, at: int, which: Random) -> None:
        task, of = which.choice(self._attached())
        team = self.members[of.tickets[task].team].team
        self.clock.advance(MOMENT)
        before = self._generation(task)
        cost = self._cost_of_cancelling(of, before)

        self._run(self.clock.passing(self.peers[at].gateway.app.surface.cancel.cancel(task, team)))

        self.books.leave(of, task, is_queued=before.stage is Stage.QUEUED, cost=cost)

    @rule(at=PROCESSES)
    def settle(self, at: int) -> None:
        self.clock.advance(PAST_LEASES)

        self._run(self.peers[at].rest())

        for each in self.books.clips:
            if each.is_open:
                self.books.end(each, each.ends_at, shared=each.ends_at > 0)

    @rule(hours=st.sampled_from([1, 7, 25]))
    def jump(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    @rule(at=PROCESSES)
    def lose_the_ledger(self, at: int) -> None:
        self._run(self.play.flush_ledger())
        self._run(self.peers[at].background.mend.mend())

    @rule(at=PROCESSES)
    def rebuild(self, at: int) -> None:
        self._run(self.peers[at].background.mend.rebuild())

    @rule(
        team=TEAMS,
        clips=st.sampled_from([1, 2, 3, 5]),
        at=PROCESSES,
        others=st.sets(st.sampled_from([MONTH, ROLLING, TOKYO])),
    )
    def change_limit(self, team: int, clips: int, at: int, others: set[Limit]) -> None:
        """Change a limit, and perhaps make accounts that were not there."""
        policy = limits(credits_limit(25 * clips), *others)

        self._run(
            self.peers[at].administer.set_policy(self.members[team].team_owner, policy, if_version=None)
        )

        self.books.most[team] = CLIP_COST * clips
        self.books.note_excess(team, self.clock.now())

    @invariant()
    def the_ledger_holds_what_the_model_says(self) -> None:
        now = self.clock.now()
        for team, most in self.books.most.items():
            limit = credits_limit(most / 1000)
            use = self._run(self.peers[0].use(self.members[team].team_owner, limit))
            spent = self.books.spent(team, now)
            assert spent <= use.total <= spent + self._held(team, now)
            assert self.books.is_within(team, now)

    @invariant()
    def a_rebuild_would_change_nothing(self) -> None:
        """At rest; while a create is held up, the ledger may hold more, and never less."""
        self._run(self.peers[1].background.mend.mend())
        agrees = assert_ledger_covers if self.held else assert_ledger_agrees
        self._run(agrees(self.peers[1]))

    @invariant()
    def every_generation_is_closed_once(self) -> None:
        closings = select(func.count()).where(entries.c.kind == EntryKind.CLOSED.value)
        database = self.peers[0].gateway.database
        found = self._run(database.read(lambda connection: connection.scalar(closings)))
        assert found == sum(not each.is_open for each in self.books.clips)

    def teardown(self) -> None:
        try:
            while self.held:
                self.let_go(Random(0))  # noqa: S311 (whichever)
            self.settle(0)
            self._run(assert_books_agree(self.peers[0], self.upstream))
        finally:
            self._run(self.play.close())
            self._run(self.stack.aclose())
            self.runner.close()

    async def _set_up(self) -> None:
        self.clock = ManualClock()
        url = self.stack.enter_context(type(self).records(self.clock))
        self.upstream = await self.stack.enter_async_context(upstream_at(self.clock))
        stores = Stores(redis_url=self.valkey, database_url=url)
        self.play = Play(stores, self.upstream, self.clock)
        await self.play.flush_ledger()
        self.peers = [await self.play.peer() for _ in range(2)]
        first = self.peers[0]
        runs = limits(running_limit(RUNNING_MAX))
        await first.administer.set_policy(ORGANIZATION, runs, if_version=None)
        policy = limits(credits_limit(25 * CLIPS_FIRST))
        self.members = [await first.add_member(f"team-{team}", policy) for team in self.books.most]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that may have to wait, a moment after what was done before."""
        self.clock.advance(MOMENT)
        return self._run(self.clock.passing(work))

    def _create(self, team: int, at: int, seed: int | None, *, attempt: int) -> Outcome:
        """Create, a moment after what was done before, in which prices are heard of."""
        self._run(self.peers[at].background.prices.refresh())
        body = clip() if seed is None else seeded(seed)
        return self._await(self._create_or_refuse(team, at, body, attempt=attempt))

    async def _create_or_refuse(self, team: int, at: int, body: dict[str, Any], *, attempt: int) -> Outcome:
        try:
            return await self.peers[at].create_slowly(self.members[team], body, attempt=attempt)
        except (BudgetExceeded, UpstreamAway) as refused:
            return refused

    def _check_create(
        self,
        outcome: Outcome,
        team: int,
        seed: int | None,
        *,
        fate: Fate,
        may_be_taken: bool = True,
    ) -> None:
        now = self.clock.now()
        like = self.books.like(seed, now)
        if like is None and isinstance(outcome, BudgetExceeded):
            assert not self._surely_fits(team)
            return
        assert isinstance(outcome, Created), outcome
        if like is not None:
            like.tickets[task_id(outcome)] = Ticket(team, now, may_be_taken)
            return
        assert self.books.fits(team, now, more=self.books.price)
        self._note(task_id(outcome), team, seed, fate=fate, may_be_taken=may_be_taken)

    def _note(
        self, task: TaskId, team: int, seed: int | None, *, fate: Fate, may_be_taken: bool = True
    ) -> None:
        """Note a new clip: one that was sent has met its fate, one that waits will be as estimated."""
        made = self._generation(task)
        ticket = Ticket(team, made.created_at, may_be_taken)
        amount, ends_at = (fate.estimate, fate.ends_at) if made.upstream_id else (made.reserved, CLIP_COST)
        self.books.add(Clip(task, team, made.created_at, seed, ends_at, {task: ticket}, amount))

    def _surely_fits(self, team: int) -> bool:
        """Tell whether a create fits even beside all that are held up."""
        now = self.clock.now()
        return self.books.fits(team, now, more=self.books.price + self._held(team, now))

    def _held(self, team: int, at: datetime) -> int:
        """What creates that are held up may hold."""
        return sum(held.amount for held in self.held if held.team == team and held.at.date() == at.date())

    def _attached(self) -> list[tuple[TaskId, Clip]]:
        return [(task, each) for each in self.books.clips for task in each.tickets]

    def _generation(self, task: TaskId) -> Generation:
        seen = self._run(self.peers[0].administer.sight.task(task))
        assert seen is not None
        return seen.generation

    def _cost_of_cancelling(self, of: Clip, before: Generation) -> int:
        """Nothing before it was sent; its end if that came first; else the whole estimate."""
        if before.upstream_id is None:
            return 0
        has_ended = self.upstream.tasks()[before.upstream_id]["cost"] is not None
        return of.ends_at if has_ended else of.amount


QUICK = settings(max_examples=14, derandomize=True, phases=[Phase.generate])
"""The same every time, and a failure is told as it is found: to make it small is for the thorough one."""
THOROUGH = settings(max_examples=500)


@pytest.fixture
def records(request: pytest.FixtureRequest) -> Records:
    if request.param == "sqlite":
        empty: Path = request.getfixturevalue("empty_records")
        return lambda _: records_in_memory(empty)
    return partial(records_in_postgres, request.getfixturevalue("played_database"))


@pytest.mark.parametrize(
    ("profile", "records"),
    [
        pytest.param(QUICK, "sqlite", id="quick"),
        pytest.param(THOROUGH, "sqlite", id="thorough", marks=pytest.mark.long),
        pytest.param(THOROUGH, "postgres", id="thorough on PostgreSQL", marks=pytest.mark.long),
    ],
    indirect=["records"],
)
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("patience")
def test_any_sequence_of_steps_comes_to_what_the_model_says(
    shared_valkey: EmbeddedValkey, records: Records, profile: settings
) -> None:
    Machine.valkey, Machine.records = shared_valkey.url, records

    run_state_machine_as_test(
        Machine,
        settings=settings(
            profile,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )

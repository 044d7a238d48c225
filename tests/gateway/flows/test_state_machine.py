"""Any sequence of what teams, administrators, time and accidents do, against a model of a few lines."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
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
from gateway.ledger.embedded import EmbeddedValkey
from gateway.records.book import EntryKind
from gateway.records.tables import entries
from gateway.rules.generation import Generation, Stage
from gateway.rules.ids import ORGANIZATION, TaskId
from gateway.rules.policy import Per
from gateway.rules.refusals import BudgetExceeded
from tests.gateway.flows.books import assert_books_agree, assert_ledger_agrees
from tests.gateway.flows.clock import ManualClock
from tests.gateway.flows.model import Books, Clip, Ticket
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
from tests.gateway.flows.upstream import upstream_at

T = TypeVar("T")

TEAMS = st.sampled_from([0, 1])
PROCESSES = st.sampled_from([0, 1])
SEEDS = st.none() | st.sampled_from([1, 2])
FATES: dict[str, tuple[dict[str, Any] | None, int]] = {
    "as estimated": (None, CLIP_COST),
    "dearer": ({"fault": "cost", "credits": 40, "times": 1}, 40_000),
    "refunded": ({"fault": "fail", "times": 1}, 0),
}
RUNNING_MAX = 2
CLIPS_FIRST = 3
MOMENT = timedelta(seconds=1)
"""Between two steps, so that what came first is known."""


class Machine(RuleBasedStateMachine):
    """Two gateways and two teams, beside what their money should come to."""

    valkey: ClassVar[str]
    empty: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.books = Books(dict.fromkeys((0, 1), CLIP_COST * CLIPS_FIRST))
        self._run(self._set_up())

    @rule(team=TEAMS, at=PROCESSES, seed=SEEDS, fate=st.sampled_from(sorted(FATES)))
    def create(self, team: int, at: int, seed: int | None, fate: str) -> None:
        fault, ends_at = FATES[fate]
        armed = None if fault is None else self.upstream.arm(**fault)

        outcome = self._create(team, at, seed, attempt=0)

        if armed is not None:
            self.upstream.disarm(armed)
        self._check_create(outcome, team, seed, ends_at=ends_at)

    @rule(team=TEAMS, at=PROCESSES, seed=SEEDS)
    def retry(self, team: int, at: int, seed: int | None) -> None:
        earlier = self.books.retried(team, seed, self.clock.now())

        outcome = self._create(team, at, seed, attempt=1)

        if not earlier:
            self._check_create(outcome, team, seed, ends_at=CLIP_COST, may_be_taken=False)
        else:
            assert isinstance(outcome, Created)
            earlier[task_id(outcome)].may_be_taken = False

    @precondition(lambda self: self._attached())
    @rule(at=PROCESSES, which=st.randoms(use_true_random=False))
    def cancel(self, at: int, which: Random) -> None:
        task, of = which.choice(self._attached())
        team = self.members[of.tickets[task].team].team
        before = self._generation(task)
        cost = self._cost_of_cancelling(of, before)

        self._await(self.peers[at].gateway.app.surface.cancel.cancel(task, team))

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

    @rule(team=TEAMS, clips=st.sampled_from([1, 2, 3, 5]), at=PROCESSES, wide=st.booleans())
    def change_limit(self, team: int, clips: int, at: int, *, wide: bool) -> None:
        """Change a limit, and perhaps make accounts that were not there."""
        others = (credits_limit(100_000, Per.MONTH), generations_limit(1000)) if wide else ()
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
            assert use.total == self.books.spent(team, now)
            assert self.books.is_within(team, now)

    @invariant()
    def a_rebuild_would_change_nothing(self) -> None:
        self._run(self.peers[1].background.mend.mend())
        self._run(assert_ledger_agrees(self.peers[1]))

    @invariant()
    def every_generation_is_closed_once(self) -> None:
        closings = select(func.count()).where(entries.c.kind == EntryKind.CLOSED.value)
        database = self.peers[0].gateway.database
        found = self._run(database.read(lambda connection: connection.scalar(closings)))
        assert found == sum(not each.is_open for each in self.books.clips)

    def teardown(self) -> None:
        try:
            self.settle(0)
            self._run(assert_books_agree(self.peers[0], self.upstream))
        finally:
            self._run(self.play.close())
            self._run(self.stack.aclose())
            self.runner.close()

    async def _set_up(self) -> None:
        url = self.stack.enter_context(records_in_memory(self.empty))
        self.clock = ManualClock()
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

    def _create(self, team: int, at: int, seed: int | None, *, attempt: int) -> Created | BudgetExceeded:
        body = clip() if seed is None else seeded(seed)
        try:
            return self._await(self.peers[at].create_slowly(self.members[team], body, attempt=attempt))
        except BudgetExceeded as refused:
            return refused

    def _check_create(
        self,
        outcome: Created | BudgetExceeded,
        team: int,
        seed: int | None,
        *,
        ends_at: int,
        may_be_taken: bool = True,
    ) -> None:
        now = self.clock.now()
        like = self.books.like(seed, now)
        if like is None and not self.books.fits(team, now):
            assert isinstance(outcome, BudgetExceeded)
            return
        assert isinstance(outcome, Created)
        task, ticket = task_id(outcome), Ticket(team, now, may_be_taken)
        if like is not None:
            like.tickets[task] = ticket
            return
        was_sent = self._generation(task).upstream_id is not None
        ends_at = ends_at if was_sent else CLIP_COST
        self.books.clips.append(Clip(task, team, now, seed, ends_at, {task: ticket}))

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
        return of.ends_at if has_ended else CLIP_COST


QUICK = settings(max_examples=20, derandomize=True, phases=[Phase.generate])
"""The same every time, and a failure is told as it is found: to make it small is for the thorough one."""
THOROUGH = settings(max_examples=500)


@pytest.mark.parametrize(
    "profile",
    [pytest.param(QUICK, id="quick"), pytest.param(THOROUGH, id="thorough", marks=pytest.mark.long)],
)
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("patience")
def test_any_sequence_of_steps_comes_to_what_the_model_says(
    shared_valkey: EmbeddedValkey, empty_records: Path, profile: settings
) -> None:
    Machine.valkey, Machine.empty = shared_valkey.url, empty_records

    run_state_machine_as_test(
        Machine,
        settings=settings(
            profile,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )

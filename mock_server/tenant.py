"""All that belongs to one API key: its tasks in their order, its clock, money, limits and uploads."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from itertools import count

import msgspec

from mock_server.billing import Entry, EntryKind, Ledger
from mock_server.clock import DAY, MINUTE, Clock, ClockMode, Moment, milliseconds
from mock_server.credits import Credits
from mock_server.lifecycle import Origin, Status, Task
from mock_server.limits import TIERS, Allowance, Modality, RollingCount, Slots
from mock_server.outputs import Artifact
from mock_server.refunds import RefundRules
from mock_server.resources import Resource, Resources
from mock_server.script import Script
from mock_server.sessions import MODEL as SESSION_MODEL
from mock_server.sessions import Stage
from mock_server.uploads import Uploads


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A create request that was accepted: what it comes from, may cost, will yield and become.

    Nothing of it is to be seen before `commit_after` milliseconds.
    """

    origin: Origin
    estimate: Credits
    script: Script
    artifacts: tuple[Artifact, ...]
    commit_after: int = 0


class Tenant:
    """Its state follows from what was asked of it and from its clock: `advance` before every look at it.

    With `is_day_used_up`, it has created as much as its tier allows in a day just before it is made.
    """

    def __init__(
        self,
        key: str,
        clock: Clock,
        *,
        tier: str,
        modality: Callable[[str], Modality],
        is_day_used_up: bool = False,
        pinned_id: str | None = None,
    ) -> None:
        self.key = key
        self.clock = clock
        self.tier = tier
        self.refund_rules = RefundRules()
        self.ledger = Ledger()
        self.uploads = Uploads()
        self.resources = Resources(self.ledger, pinned_id=pinned_id)
        self.stage = Stage(self.resources, places_max=lambda: self.allowance(SESSION_MODEL).concurrent)
        self.tasks: dict[str, Task] = {}
        self._modality = modality
        self._pinned_id = pinned_id
        self.slots: defaultdict[str, Slots[Task]] = defaultdict(Slots)
        self._uploads_begun = RollingCount(MINUTE)
        self._days: dict[str, RollingCount] = {}
        self._used_up_at = clock.now() if is_day_used_up else None
        self._due: list[tuple[Moment, int, Task]] = []
        self._turn = count()

    def allowance(self, model: str) -> Allowance:
        return TIERS[self.tier].allowances[self._modality(model)]

    def created_today(self, model: str) -> int:
        """In the last 24 hours."""
        return self._day(model).count(self.clock.now())

    def may_create_today(self, model: str) -> bool:
        daily = self.allowance(model).daily
        return daily is None or self.created_today(model) < daily

    def is_busy(self, model: str) -> bool:
        """Whether a further task of the model would have to wait."""
        limit = self.allowance(model).concurrent
        return limit is not None and self.slots[model].running >= limit

    def count_create(self, model: str) -> None:
        """Of something that is no task, and counts like one."""
        self._day(model).add(self.advance())

    def begin_upload(self) -> int:
        """Counts one, and returns 0; or how many seconds to wait before another is allowed."""
        now, most = self.advance(), TIERS[self.tier].uploads_per_minute
        if most is not None and self._uploads_begun.count(now) >= most:
            return self._uploads_begun.seconds_until_fewer(now)
        self._uploads_begun.add(now)
        return 0

    def task(self, task_id: str) -> Task | None:
        """None when there is none, or when it was deleted."""
        task = self.tasks.get(task_id)
        return None if task is None or task.is_deleted else task

    def advance(self) -> Moment:
        """Lets everything happen that is due by now, in order of its moment; returns now."""
        now = self.clock.now()
        while (due := self._next_due()) is not None and due <= now:
            self._next_transition(due)
        return now

    def advance_until(self, task: Task, status: Status) -> bool:
        """Moves the clock along the transitions until `task` has `status`; false if it never will."""
        self.advance()
        while task.status is not status and not task.stays and (due := self._next_due()) is not None:
            self.clock.reach(due)
            self._next_transition(due)
        self.advance()
        return task.status is status

    def create(self, task_id: str, order: Order) -> Task:
        """Once it is committed, the estimate is charged and the task waits for a slot of its model."""
        now = self.advance()
        task = Task(
            id=task_id,
            created=Moment(now + order.commit_after),
            origin=order.origin,
            estimate=order.estimate,
            script=order.script,
            refund_rules=self.refund_rules,
            artifacts=order.artifacts,
        )
        if order.commit_after:
            self._wake(task, task.created)
        else:
            self._commit(task, now)
        return task

    def poll(self, polled: Task | Resource, *, gap_seconds: float) -> None:
        """Counts a look at something; on an automatic clock, this is what makes time pass."""
        polled.polls += 1
        if self.clock.mode is ClockMode.AUTO and not _is_over(polled):
            self.clock.reach(Moment(polled.created + polled.polls * milliseconds(gap_seconds)))
            self.advance()

    def delete(self, task: Task, *, has_just_ended: bool = False) -> None:
        """Cancels a task that has not ended, and hides it in any case.

        With `has_just_ended`, a running task comes to its end instead.
        """
        if task.id == self._pinned_id:
            return
        now = self.advance()
        if not task.status.is_terminal:
            (self._finish if has_just_ended else self._cancel)(task, now)
        task.is_deleted = True

    def change_tier(self, tier: str) -> None:
        now = self.advance()
        self.tier = tier
        for model in self.slots:
            self._admit_waiting(model, at=now)
        self.stage.admit_waiting(now)

    def set_balance(self, balance: Credits) -> None:
        amount = Credits(balance - self.ledger.balance)
        self.ledger.post(Entry(kind=EntryKind.GRANT, amount=amount, moment=self.advance()))

    def _day(self, model: str) -> RollingCount:
        if model not in self._days:
            self._days[model] = RollingCount(DAY)
            if self._used_up_at is not None:
                self._days[model].add(self._used_up_at, times=self.allowance(model).daily or 0)
        return self._days[model]

    def _next_due(self) -> Moment | None:
        """The moment of the next transition; those of tasks that were cancelled meanwhile are dropped."""
        while self._due and self._due[0][2].due != self._due[0][0]:
            heapq.heappop(self._due)
        of_resources = self.resources.next_due()
        if not self._due:
            return of_resources
        of_tasks = self._due[0][0]
        return of_tasks if of_resources is None else min(of_tasks, of_resources)

    def _next_transition(self, due: Moment) -> None:
        if self.resources.next_due() == due:
            self.resources.turn_next()
            return
        at, _, task = heapq.heappop(self._due)
        match task.status:
            case Status.THROTTLED if task.id not in self.tasks:
                self._commit(task, at)
            case Status.THROTTLED:
                self._join(task, at)
            case Status.PENDING:
                task.start(at)
                self._schedule(task)
            case _:
                self._finish(task, at)

    def _commit(self, task: Task, at: Moment) -> None:
        self.tasks[task.id] = task
        self._post(EntryKind.CHARGE, task.estimate, task=task, at=at)
        self._day(task.origin.model).add(at)
        match task.script.held_back:
            case 0:
                self._join(task, at)
            case None:
                task.due = None
            case held_back:
                self._wake(task, Moment(at + held_back))

    def _join(self, task: Task, at: Moment) -> None:
        task.due = None
        self.slots[task.origin.model].join(task)
        self._admit_waiting(task.origin.model, at=at)

    def _finish(self, task: Task, at: Moment) -> None:
        self._settle(task, task.finish(), at=at)
        self._free_slot(task, at)

    def _cancel(self, task: Task, at: Moment) -> None:
        held_slot = task.holds_slot
        self._settle(task, task.cancel(), at=at)
        if held_slot:
            self._free_slot(task, at)
        else:
            self.slots[task.origin.model].leave(task)

    def _settle(self, task: Task, cost: Credits, *, at: Moment) -> None:
        if cost > task.estimate:
            self._post(EntryKind.CHARGE, Credits(cost - task.estimate), task=task, at=at)
        elif cost < task.estimate:
            self._post(EntryKind.REFUND, Credits(task.estimate - cost), task=task, at=at)

    def _post(self, kind: EntryKind, amount: Credits, *, task: Task, at: Moment) -> None:
        entry = Entry(kind=kind, amount=amount, moment=at, task=task.id, model=task.origin.model)
        self.ledger.post(entry)

    def _free_slot(self, task: Task, at: Moment) -> None:
        self.slots[task.origin.model].release()
        self._admit_waiting(task.origin.model, at=at)

    def _admit_waiting(self, model: str, *, at: Moment) -> None:
        slots, limit = self.slots[model], self.allowance(model).concurrent
        while (task := slots.grant_next(limit)) is not None:
            task.admit(at)
            self._schedule(task)

    def _wake(self, task: Task, at: Moment) -> None:
        task.due = at
        self._schedule(task)

    def _schedule(self, task: Task) -> None:
        if task.due is not None:
            heapq.heappush(self._due, (task.due, next(self._turn), task))


def _is_over(polled: Task | Resource) -> bool:
    return polled.status.is_terminal if isinstance(polled, Task) else polled.due is None

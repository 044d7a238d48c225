"""The life of a task: which status may follow which, when, and how it ends."""

from enum import StrEnum

import msgspec

from mock_server.clock import Moment
from mock_server.credits import Credits
from mock_server.outputs import Artifact
from mock_server.refunds import RefundRules
from mock_server.script import Script, Succeeds


class Status(StrEnum):
    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        return not LEGAL[self]


LEGAL: dict[Status, frozenset[Status]] = {
    Status.THROTTLED: frozenset({Status.PENDING, Status.CANCELLED}),
    Status.PENDING: frozenset({Status.RUNNING, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class NodeRun(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a workflow's run. `fails` is the code with which it fails whatever becomes of the rest."""

    id: str
    name: str
    outputs: int
    fails: str | None = None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The create request that a task came from, as far as it still matters afterwards."""

    operation: str
    model: str
    digest: bytes
    retry_count: int
    is_invocation: bool = False
    is_draft: bool = False
    nodes: tuple[NodeRun, ...] = ()


class Task(msgspec.Struct, kw_only=True, eq=False):
    """`due` is the moment of the next transition; None while it waits for a slot, is stuck, or has ended."""

    id: str
    created: Moment
    origin: Origin
    estimate: Credits
    script: Script
    refund_rules: RefundRules
    artifacts: tuple[Artifact, ...]
    status: Status = Status.THROTTLED
    started: Moment | None = None
    due: Moment | None = None
    cost: Credits | None = None
    polls: int = 0
    is_deleted: bool = False

    @property
    def holds_slot(self) -> bool:
        return self.status in {Status.PENDING, Status.RUNNING}

    @property
    def stays(self) -> bool:
        """Whether no time changes its status any more: it has ended, or is stuck."""
        return self.due is None and self.status is not Status.THROTTLED

    def admit(self, at: Moment) -> None:
        """Gives the task its slot."""
        self._become(Status.PENDING)
        self.due = Moment(at + self.script.pending)

    def start(self, at: Moment) -> None:
        self._become(Status.RUNNING)
        self.started = at
        after = self.script.end_after
        self.due = None if after is None else Moment(at + after)

    def finish(self) -> Credits:
        """Ends as the script says, and returns what it costs."""
        self._become(Status.SUCCEEDED if isinstance(self.script.ending, Succeeds) else Status.FAILED)
        self.due = None
        self.cost = self.refund_rules.cost_of_ending(self.script, estimate=self.estimate)
        return self.cost

    def cancel(self) -> Credits:
        """Returns what it costs all the same."""
        self._become(Status.CANCELLED)
        self.due = None
        self.cost = self.refund_rules.cost_of_cancelling(self.estimate)
        return self.cost

    def progress(self, now: Moment) -> float:
        """From 0 to 0.99, in hundredths."""
        assert self.started is not None, "only a started task has progress"
        return self.script.shown_progress(now - self.started)

    def _become(self, status: Status) -> None:
        assert status in LEGAL[self.status], f"{self.status} may not become {status}"
        self.status = status

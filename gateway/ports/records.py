"""The records: remember, and lose nothing. Each method is one transaction, one sentence of the story.

Every method raises RecordsAway when the store does not answer; then it is unknown whether the transaction
took place, which every caller must bear. What is forwarded (`body`, `headers`) is large and rarely needed: a
generation has it where it says so, and is empty there otherwise.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.rules.credits import Credits
from gateway.rules.directory import Binding, Holder, Key, Team
from gateway.rules.fence import Fence
from gateway.rules.generation import OPEN, Generation, Priority, Stage, Task
from gateway.rules.ids import GenerationId, KeyId, Owner, ReservationId, TaskId, TeamId, UpstreamId
from gateway.rules.policy import Policy
from gateway.rules.rebuild import Spent
from gateway.rules.settlement import Observation, Settlement
from gateway.rules.windows import Span


class RecordsAway(Exception):
    """The store did not answer, so the transaction may or may not have taken place."""


class Recorded(Struct, frozen=True):
    """Generation and task are there; `stage` is FORWARDING only for the caller that may send."""

    stage: Stage


class FenceMoved(Struct, frozen=True):
    """Ledger or policies changed since the reservation was made: nothing was recorded; start again."""


class Voided(Struct, frozen=True):
    """The reservation was taken for abandoned and released: nothing was recorded; start again."""


class SameFingerprint(Struct, frozen=True):
    """A reusable generation with this fingerprint exists: nothing was recorded; join it."""


class SameIdempotencyKey(Struct, frozen=True):
    """The team used this key before, for this task: nothing was recorded."""

    task: Task


class Seen(Struct, frozen=True):
    """A task with its generation, as one reading."""

    task: Task
    generation: Generation


class Detached(Struct, frozen=True):
    """A task was detached. `others` are the tasks still attached to its generation, the oldest first."""

    generation: Generation
    others: tuple[Task, ...]


class Scan(Struct, frozen=True):
    """All that a rebuild needs, of one instant: settled amounts, open generations, everyone's policies."""

    span: Span
    """The instants for which it is read; spending is parted where their windows begin and end."""
    fence: Fence
    closed: Sequence[Spent]
    open: Sequence[Generation]
    policies: Mapping[Owner, Policy]


class Admissions(Protocol):
    """What a create reads and writes."""

    async def fence(self) -> Fence:
        """Read the fence."""
        ...

    async def record(
        self, fence: Fence, generation: Generation, task: Task, *, in_line: bool = True
    ) -> Recorded | FenceMoved | Voided | SameFingerprint | SameIdempotencyKey:
        """Record a generation and its first task under the fence.

        A generation that comes as FORWARDING is recorded as QUEUED when another one that is due waits before
        it in its lane: any one when `in_line`, else one of its own key. The lease of a FORWARDING one
        belongs to this process.
        """
        ...

    async def waiting(self, lane: str, team: TeamId, priorities: Collection[Priority]) -> int:
        """Count a team's queued generations of some priorities in a lane."""
        ...

    async def join(self, fingerprint: str, task: Task, *, not_before: datetime) -> Seen | None:
        """Attach a task to the generation with this fingerprint, if it may still be reused.

        None when there is none, when it failed, or when it was created before `not_before`; then its
        fingerprint is retired. `task.saved` is recorded as given; an attached earlier task with the same
        idempotency key is returned instead of making another.
        """
        ...

    async def retried(self, key: KeyId, digest: str, *, attempt: int, not_before: datetime) -> Seen | None:
        """Take one earlier task for an SDK's automatic retry and mark it with `attempt`.

        Undelivered ones first, then those that the retry before this one took, then the newest.
        """
        ...

    async def with_idempotency_key(self, team: TeamId, idempotency_key: str) -> Seen | None:
        """Find the task that a team made with this key."""
        ...

    async def delivered(self, tasks: Collection[TaskId]) -> None:
        """Note that answers were handed to the network."""
        ...

    async def raised_prices(self) -> Mapping[str, Credits]:
        """Read what cost more than was held for it, by `Generation.priced_as`."""
        ...

    async def add_upload(self, team: TeamId, uri: str, *, at: datetime) -> None:
        """Note which team an upload belongs to."""
        ...

    async def owned_uploads(self, team: TeamId, uris: Collection[str]) -> frozenset[str]:
        """Tell which of some uploads belong to a team."""
        ...


class Stages(Protocol):
    """What the life of a generation writes. Leases use the database's clock.

    A lease ends when its generation is released, requeued, started, unclear, revived, closed or finished.
    """

    async def lease(self, stage: Stage, *, now: datetime, limit: int) -> list[Generation]:
        """Take due generations of a stage that no living process holds, the longest due first."""
        ...

    async def renew(self, generations: Collection[GenerationId]) -> frozenset[GenerationId]:
        """Keep leases that this process holds; tell which it still holds."""
        ...

    async def let_go(self, generations: Collection[GenerationId]) -> None:
        """Give the leases back that this process holds."""
        ...

    async def release(self, generation: GenerationId, *, due_at: datetime) -> None:
        """Give a lease back, to be due at an instant; nothing happens when another process holds it."""
        ...

    async def queued(self, *, now: datetime, limit: int, past: int = 0) -> list[Generation]:
        """Read QUEUED generations that are due, the lowest turn first. Takes no lease.

        Where more than `limit` wait, the first ones of every key in every lane before any second one; `past`
        leaves out as many of them.
        """
        ...

    async def begin_forwarding(
        self, fence: Fence, generation: Generation, *, at: datetime
    ) -> Generation | None:
        """Move QUEUED to FORWARDING and lease it; only the caller that gets it may send it, once.

        Its `slot` was taken for it as it was read. Answers with what is forwarded; None when it is not QUEUED
        any more, somebody else pays for it, its payer left, or the fence moved since its slot was taken.
        """
        ...

    async def requeue(self, generation: Generation, *, at: datetime, due_at: datetime) -> bool:
        """Move FORWARDING, or UNCLEAR since then, back to QUEUED when certainly nothing was started.

        False when another attempt, by its `slot`, is under way, or its tasks show FAILED already.
        """
        ...

    async def started(
        self,
        generation: GenerationId,
        upstream_id: UpstreamId,
        *,
        answer: bytes | None,
        at: datetime,
        due_at: datetime,
    ) -> Generation:
        """Store the upstream id, whatever the stage; an open generation becomes RUNNING.

        An UNCLEAR one, which holds no slot, stays so, and is due to be read at `due_at`. What was forwarded
        is forgotten.
        """
        ...

    async def correct(self, fence: Fence, generation: GenerationId, credits: Credits) -> bool:
        """Set what an open generation holds; False when the fence moved, then correct the ledger again.

        More than before raises the price of its kind.
        """
        ...

    async def observe(
        self, generation: GenerationId, seen: Observation, *, at: datetime, due_at: datetime
    ) -> None:
        """Store a status or progress that changed while RUNNING."""
        ...

    async def revive(
        self, fence: Fence, generation: Generation, seen: Observation, *, at: datetime, due_at: datetime
    ) -> bool:
        """Make an UNCLEAR generation RUNNING again, which was seen so and holds the slot that it comes with.

        False when it is not UNCLEAR any more, or the fence moved since its slot was taken.
        """
        ...

    async def unclear(self, generation: Generation, *, at: datetime, due_at: datetime) -> bool:
        """Move a FORWARDING or RUNNING generation to UNCLEAR.

        False when it stands elsewhere by now, or another attempt, by its `slot`, is under way.
        """
        ...

    async def close(
        self,
        generation: GenerationId,
        settlement: Settlement,
        *,
        at: datetime,
        stages: Collection[Stage] = OPEN,
    ) -> Generation | None:
        """Book the settlement, once, and move to CLOSING. A failure retires the fingerprint.

        A charge that Runway told and that is more than was held raises the price of its kind.
        None when it is in none of `stages`, so also when it was closed before.
        """
        ...

    async def refuse(
        self, generation: Generation, settlement: Settlement, *, at: datetime
    ) -> Generation | None:
        """Close what this attempt at sending, by its `slot`, did not start; None if it went on without."""
        ...

    async def take_back(
        self, generation: Generation, settlement: Settlement, *, attempt: int, at: datetime
    ) -> Generation | None:
        """Close what a create never sent; None as in `refuse`, and if it was told of since this `attempt`."""
        ...

    async def finish(self, fence: Fence, generation: GenerationId) -> bool:
        """Move CLOSING to DONE; False when the fence moved since the ledger gave back what was held."""
        ...

    async def refresh(self, generation: GenerationId, output: Sequence[str]) -> None:
        """Store fresh signed URLs of a finished generation."""
        ...

    async def detach(self, task: TaskId, team: TeamId, *, at: datetime) -> Detached | None:
        """Detach a team's task, under a lock of its generation; the last one out retires the fingerprint.

        The fingerprint of a finished generation stays. None when there is no such attached task of the team.
        """
        ...

    async def unpaid(self, generations: Collection[GenerationId]) -> frozenset[GenerationId]:
        """Tell of which of some generations the payer has left."""
        ...

    async def promote(
        self, fence: Fence, generation: GenerationId, task: Task, reservation: ReservationId
    ) -> bool:
        """Make a joined task the payer of a QUEUED generation; False if it is not, or the fence moved.

        Also False when the reservation was voided meanwhile.
        """
        ...

    async def void(self, reservation: ReservationId) -> bool:
        """Make an admission's id unusable, so that it can be released; False when it was recorded."""
        ...

    async def find(self, generations: Collection[GenerationId]) -> dict[GenerationId, Generation]:
        """Read generations by id."""
        ...

    async def rebuild_scan(self, now: datetime, *, above: int = 0) -> Scan | None:
        """Raise the epoch, then read, on one later snapshot, all that the new ledger must hold at `now`.

        One process rebuilds at a time: None while another one does. Its right ends by itself after a while.
        """
        ...

    async def go_on_rebuilding(self) -> None:
        """Keep the right to rebuild, if this process still has it."""
        ...

    async def end_rebuilding(self) -> None:
        """Give up the right to rebuild, if this process still has it."""
        ...


class Change(Struct, frozen=True):
    """A generation that changed, and when by the store's clock."""

    generation: GenerationId
    at: datetime


class Changes(Struct, frozen=True):
    """The changes up to an instant of the store's clock, as far as they were visible at the reading."""

    until: datetime
    found: Sequence[Change]


class Sight(Protocol):
    """What the board reads. Nothing here holds what was forwarded."""

    async def task(self, task: TaskId) -> Seen | None:
        """Read an attached task with its generation."""
        ...

    async def any_task(self, task: TaskId) -> Seen | None:
        """Read a task with its generation, whether or not it is still attached."""
        ...

    async def tasks_of(self, generations: Collection[GenerationId]) -> Sequence[Seen]:
        """Read the attached tasks of some generations, all on one snapshot."""
        ...

    async def changes(self, since: datetime, *, limit: int) -> Changes:
        """List what changed since an instant, the oldest first; `until` is where a full list ends."""
        ...

    async def store_time(self) -> datetime:
        """Tell the store's clock."""
        ...


class Directory(Protocol):
    """Teams, keys and policies. Changes raise the fence's `policies` and write the audit log."""

    async def holder(self, key_hash: str) -> Holder | None:
        """Find who holds a key, by its secret's hash, with all policies and the fence, as one reading."""
        ...

    async def organization(self) -> tuple[Policy, int]:
        """Read the organisation's policy and its version."""
        ...

    async def binding(self, team: TeamId, key: KeyId) -> Binding:
        """Read the policies that bind a key, whether or not it is active, with the fence, as one reading."""
        ...

    async def team(self, team: TeamId) -> Team | None: ...

    async def key(self, key: KeyId) -> Key | None: ...

    async def add_team(self, team: Team, *, actor: str) -> bool:
        """Add a team; False when its id was ever used."""
        ...

    async def rename_team(self, team: TeamId, name: str, *, actor: str, at: datetime) -> Team | None: ...

    async def archive_team(self, team: TeamId, *, actor: str, at: datetime) -> bool:
        """Archive a team and revoke its keys; False when there is no such active team."""
        ...

    async def add_key(self, key: Key, key_hash: str, *, actor: str) -> bool:
        """Add a key; False when its team is unknown or archived."""
        ...

    async def revoke_key(self, key: KeyId, *, actor: str, at: datetime) -> bool: ...

    async def set_policy(
        self,
        owner: Owner,
        policy: Policy,
        *,
        if_version: int | None,
        actor: str,
        at: datetime,
    ) -> int | None:
        """Replace an owner's policy and raise `policies`.

        Accounts that the policy before it did not keep raise the epoch too, so that a rebuild fills them.
        `if_version` None overwrites. Answers the new version; None when the version was another or the owner
        does not exist.
        """
        ...

    async def note(self, actor: str, action: str, subject: str, *, detail: str, at: datetime) -> None:
        """Write a line of the audit log for what changes no team, key or policy."""
        ...

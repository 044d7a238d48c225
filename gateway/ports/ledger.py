"""The ledger: decides, across all processes at once. It may be lost at any moment and is then rebuilt."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.rules.accounts import Claim
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.ids import GenerationId, ReservationId


class LedgerAway(Exception):
    """The store did not answer in time or not at all: nothing is known to be granted."""


class Granted(Struct, frozen=True):
    """Every claim is held. `left` is what each account then still has, -1 where nothing is enforced.

    Empty when the reservation was there before, and for verbs that claim nothing new.
    """

    left: tuple[tuple[Claim, int], ...] = ()


class Joined(Struct, frozen=True):
    """An open reservation has the same fingerprint: nothing is held; share its generation."""

    generation: GenerationId


class LimitReached(Struct, frozen=True):
    """One claim does not fit, so none is held. `total` includes `held`, in the units of its account."""

    claim: Claim
    total: int
    held: int


class Stale(Struct, frozen=True):
    """The caller's fence is not the ledger's, or the ledger is incomplete: read it again or rebuild."""


class Use(Struct, frozen=True):
    """What an account holds: `total` includes `held`, the part of open reservations."""

    total: int
    held: int


class Reservation(Struct, frozen=True):
    """An open hold on accounts."""

    id: ReservationId
    claims: tuple[Claim, ...]
    fingerprint: str | None = None
    instead_of: ReservationId | None = None
    """One that will be closed for it: what that one holds does not stand in its way."""


class Snapshot(Struct, frozen=True):
    """All that a rebuilt ledger holds: settled amounts by field, and the open reservations on top of them."""

    settled: dict[str, int]
    open: tuple[Reservation, ...]


class Ledger(Protocol):
    """A verb is one script, so one atomic step; raises LedgerAway within half a second.

    `use`, `opened_before`, `sweep` and `install` take as many steps as they need, each as bounded; only the
    last step of `install` changes anything.
    """

    async def count(self, claims: Sequence[Claim]) -> Granted | LimitReached:
        """Count a request on its per-minute accounts, all or none; not fenced, not rebuilt."""
        ...

    async def reserve(
        self, fence: Fence, reservation: Reservation, *, now: datetime
    ) -> Granted | Joined | LimitReached | Stale:
        """Hold all claims or none. Granting the same id again changes nothing, but it counts as opened now.

        With a fingerprint that an open reservation has: Joined, named by that reservation's generation,
        which is the part of its id before any `:`.
        """
        ...

    async def correct(self, fence: Fence, id: ReservationId, credits: Credits) -> Granted | Stale:
        """Set the absolute amount of every credit claim of a reservation, above its limit too."""
        ...

    async def close(
        self, fence: Fence, id: ReservationId, charged: Credits, *, opened_before: datetime | None = None
    ) -> Granted | Stale:
        """Close a reservation: credit claims become `charged`, counts stay if that is not zero, slots go.

        A reservation that is not there is closed already. Never makes an account. With `opened_before`, one
        that was opened, or granted again, since that instant stays as it is.
        """
        ...

    async def use(self, claims: Iterable[Claim]) -> list[Use]:
        """Read what the accounts of some claims hold, in their order."""
        ...

    async def fence(self) -> Fence | None:
        """Read the ledger's fence; None when it is lost, restarted, promoted or of another layout."""
        ...

    async def move_fence(self, old: Fence, new: Fence) -> bool:
        """Move the fence on after a change that leaves all accounts complete; False when it was not `old`."""
        ...

    async def install(self, fence: Fence, snapshot: Snapshot, *, now: datetime) -> bool:
        """Replace the whole ledger in one step; False when it already stands at this or a later epoch.

        Raises LedgerAway too when the store was emptied meanwhile, so that a part never stands for the whole.
        """
        ...

    async def opened_before(self, instant: datetime) -> list[ReservationId]:
        """List reservations that were opened before an instant."""
        ...

    async def sweep(self, keep_after: datetime) -> int:
        """Drop buckets of ended windows that no open reservation needs; tell how many went."""
        ...

    async def check(self) -> None:
        """Refuse a store that is too old or evicts keys. Raises ValueError with the words to fix it."""
        ...

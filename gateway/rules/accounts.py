"""Accounts and claims: what a request would add to which account, and the most it may then hold."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from gateway.rules import windows
from gateway.rules.credits import Credits
from gateway.rules.ids import Owner, project_owner
from gateway.rules.policy import Limit, Measure, Policy

ADMISSION = frozenset({Measure.CREDITS, Measure.GENERATIONS})
SLOT = frozenset({Measure.RUNNING})
RATE = frozenset({Measure.REQUESTS})
NO_WINDOW = "now"


class Becomes(StrEnum):
    """What is left of a claim when its reservation closes."""

    CHARGE = "charge"
    """What was charged."""
    COUNT = "count"
    """Its amount when anything was charged, else nothing."""
    NOTHING = "nothing"


BECOMES: dict[Measure, Becomes] = {
    Measure.CREDITS: Becomes.CHARGE,
    Measure.GENERATIONS: Becomes.COUNT,
    Measure.REQUESTS: Becomes.COUNT,
    Measure.RUNNING: Becomes.NOTHING,
}


class Level(Struct, frozen=True):
    """An owner and what it allows. A request passes the organisation, a team and a key."""

    owner: Owner
    policy: Policy


class Account(Struct, frozen=True):
    """What one limit of one owner counts."""

    owner: Owner
    limit: Limit

    @property
    def name(self) -> str:
        """Unique among accounts; the amount of the limit is no part of it, so it may change at any time."""
        limit = self.limit
        parts = (self.owner, limit.measure, limit.per or "", limit.timezone or "", limit.model or "")
        return "|".join(parts)

    def field(self, bucket: str) -> str:
        """Name one of its buckets among those of all accounts."""
        return f"{self.name}|{bucket}"

    def bucket(self, now: datetime) -> str:
        return (
            NO_WINDOW if self.limit.per is None else windows.bucket(self.limit.per, self.limit.timezone, now)
        )

    def counted_buckets(self, now: datetime) -> tuple[str, ...]:
        if self.limit.per is None:
            return (NO_WINDOW,)
        return windows.counted_buckets(self.limit.per, self.limit.timezone, now)

    def resets_at(self, now: datetime) -> datetime | None:
        return None if self.limit.per is None else windows.ends_at(self.limit.per, self.limit.timezone, now)


class Claim(Struct, frozen=True):
    """An amount that a reservation holds on an account from an instant on."""

    account: Account
    amount: int
    at: datetime

    @property
    def becomes(self) -> Becomes:
        return BECOMES[self.account.limit.measure]

    @property
    def field(self) -> str:
        """The name of the bucket that the amount is added to."""
        return self.account.field(self.account.bucket(self.at))

    @property
    def counted_fields(self) -> tuple[str, ...]:
        """The names of the buckets that are summed and held against the limit."""
        name = self.account.name
        return tuple(f"{name}|{bucket}" for bucket in self.account.counted_buckets(self.at))

    @property
    def amount_max(self) -> int | None:
        """What the account may hold at most; None where the limit only counts."""
        limit = self.account.limit
        return limit.units if limit.enforce else None


def claims(
    levels: Sequence[Level], measures: Collection[Measure], *, model: str, price: Credits, now: datetime
) -> tuple[Claim, ...]:
    """List the claims of one generation of `model` that costs `price` at most, over all levels."""
    return tuple(
        Claim(Account(level.owner, limit), price if limit.measure is Measure.CREDITS else 1, now)
        for level in levels
        for limit in level.policy.limits
        if limit.measure in measures and limit.covers(model)
    )


def regardless(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Make claims on the same accounts that no limit refuses: of what has happened already."""
    return tuple(structs.replace(claim, account=_unbound(claim.account)) for claim in claims)


def lane_claim(project: str, model: str, running_max: int, *, now: datetime) -> Claim:
    """Claim one of the generations of a model that Runway runs at once for a project."""
    limit = Limit(measure=Measure.RUNNING, amount=running_max, model=model)
    return Claim(Account(project_owner(project), limit), 1, now)


def account_names(owner: Owner, policy: Policy) -> frozenset[str]:
    """Name the accounts that a policy keeps, but for requests per minute, which are never rebuilt."""
    return frozenset(
        Account(owner, limit).name for limit in policy.limits if limit.measure is not Measure.REQUESTS
    )


def _unbound(account: Account) -> Account:
    return structs.replace(account, limit=structs.replace(account.limit, enforce=False))

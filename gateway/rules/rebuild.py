"""What a rebuilt ledger holds, from what the records say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, partial

from msgspec import Struct

from gateway.rules import windows
from gateway.rules.accounts import ADMISSION, SLOT, Becomes, Claim, Level, claims, lane_claim
from gateway.rules.credits import Credits
from gateway.rules.generation import OPEN, Generation, Stage
from gateway.rules.ids import (
    ORGANIZATION,
    KeyId,
    Owner,
    ReservationId,
    TeamId,
    key_owner,
    team_owner,
)
from gateway.rules.policy import EMPTY, Per, Policy
from gateway.rules.windows import Span

CLOCKS_APART_MAX = timedelta(hours=1)
"""How far clocks of hosts may differ: what counts for one is in the ledger that another one rebuilt."""
HOLDS_SLOT = frozenset({Stage.FORWARDING, Stage.RUNNING})


class Spent(Struct, frozen=True):
    """What closed generations of one key and model cost, added up over a time that no window's edge parts."""

    team: TeamId
    key: KeyId
    model: str
    since: datetime
    credits: Credits
    generations: int
    """Those that were charged anything."""


def levels_of(policies: Mapping[Owner, Policy], team: TeamId, key: KeyId) -> tuple[Level, Level, Level]:
    """Tell the policies that bind a key; an owner that is missing has no limits."""
    owners = (ORGANIZATION, team_owner(team), key_owner(key))
    organization, of_team, of_key = (Level(owner, policies.get(owner, EMPTY)) for owner in owners)
    return (organization, of_team, of_key)


def span_of(now: datetime, open_ones: Iterable[Generation]) -> Span:
    """Tell for which instants a ledger is rebuilt.

    Hosts' clocks differ, a rebuild takes its time, and who comes to pay for a generation that waits does so
    in the window in which it was made.
    """
    made = (generation.created_at for generation in open_ones if generation.stage is Stage.QUEUED)
    return Span(first=min([now - CLOCKS_APART_MAX, *made]), last=now + CLOCKS_APART_MAX)


def edges(policies: Iterable[Policy], span: Span) -> list[datetime]:
    """List, in their order, instants between which all spending counts alike, whatever counts in a span.

    Zones that this host does not know part nothing: it can decide nothing for who has them.
    """
    limits = (limit for policy in policies for limit in policy.limits if limit.measure in ADMISSION)
    used = {(limit.per, limit.timezone) for limit in limits if limit.per is not None}
    known = [(per, timezone) for per, timezone in used if windows.is_known(timezone)]
    return sorted({edge for per, timezone in known for edge in windows.edges(per, timezone, span)})


def settled_amounts(spent: Iterable[Spent], policies: Mapping[Owner, Policy], span: Span) -> dict[str, int]:
    """Add up, by the field of each bucket that counts in a span, what was charged."""
    amounts: defaultdict[str, int] = defaultdict(int)
    counting = cache(partial(_counting_bucket, span=span))
    for part in spent:
        levels = levels_of(policies, part.team, part.key)
        for claim in claims(levels, ADMISSION, model=part.model, price=part.credits, now=part.since):
            limit = claim.account.limit
            bucket = counting(limit.per, limit.timezone, part.since)
            if bucket is not None:
                charge = claim.amount if claim.becomes is Becomes.CHARGE else part.generations
                amounts[claim.account.field(bucket)] += charge
    return dict(amounts)


def _counting_bucket(per: Per | None, timezone: str | None, at: datetime, *, span: Span) -> str | None:
    """Name the bucket of an instant; None when it does not count."""
    assert per is not None, "what is admitted counts in a window"
    return windows.bucket(per, timezone, at) if windows.counts(per, timezone, at, span) else None


def admission_claims(generation: Generation, levels: tuple[Level, ...]) -> tuple[Claim, ...]:
    """List what an open generation holds on credits and counts."""
    return claims(
        levels, ADMISSION, model=generation.model, price=generation.reserved, now=generation.created_at
    )


def slot_claims(
    generation: Generation, levels: tuple[Level, ...], *, lane_max: int | None
) -> tuple[Claim, ...]:
    """List what a forwarded generation holds on running slots; `lane_max` is what Runway runs at once."""
    own = claims(levels, SLOT, model=generation.model, price=Credits(0), now=generation.created_at)
    if lane_max is None:
        return own
    return (*own, lane_claim(generation.project, generation.model, lane_max, now=generation.created_at))


def needs(generation: Generation, reservation: ReservationId) -> bool:
    """Tell whether the records still want a reservation open."""
    if reservation == generation.slot:
        return generation.stage in HOLDS_SLOT
    return generation.stage in OPEN and reservation == generation.reservation

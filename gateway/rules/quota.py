"""What a team has left of its tightest limit, as it is told with every create."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from gateway.rules.accounts import Claim
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit


class Quota(Struct, frozen=True):
    """One limit and what is left of it, in the units of its account."""

    owner: Owner
    limit: Limit
    left: int
    resets_at: datetime | None


def tightest(left: Sequence[tuple[Claim, int]], now: datetime) -> Quota | None:
    """Pick the limit of which the smallest share is left; the organisation's own amounts are not told."""
    own = [(claim, rest) for claim, rest in left if rest >= 0 and claim.account.owner != ORGANIZATION]
    if not own:
        return None
    claim, rest = min(own, key=lambda pair: pair[1] / max(1, pair[0].account.limit.units))
    account = claim.account
    return Quota(account.owner, account.limit, rest, account.resets_at(now))

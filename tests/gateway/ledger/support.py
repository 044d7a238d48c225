"""Claims and reservations as the tests of the ledger write them."""

import socket
from datetime import UTC, datetime

from gateway.ports.ledger import Reservation, Snapshot, Use
from gateway.rules.accounts import Account, Claim
from gateway.rules.fence import Fence
from gateway.rules.ids import Owner, ReservationId
from gateway.rules.policy import Limit, Measure, Per

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
FENCE = Fence(epoch=1, policies=1)
EMPTY = Snapshot({}, ())


def credits(
    amount: int, *, most: int, owner: str = "team/ads", per: Per = Per.DAY, at: datetime = NOW
) -> Claim:
    """Claim thousandths of a credit; `most` too is in thousandths."""
    limit = Limit(measure=Measure.CREDITS, per=per, amount=most / 1000)
    return Claim(Account(Owner(owner), limit), amount, at)


def generations(*, most: int, owner: str = "team/ads") -> Claim:
    limit = Limit(measure=Measure.GENERATIONS, per=Per.DAY, amount=most)
    return Claim(Account(Owner(owner), limit), 1, NOW)


def running(*, most: int, owner: str = "team/ads") -> Claim:
    return Claim(Account(Owner(owner), Limit(measure=Measure.RUNNING, amount=most)), 1, NOW)


def requests(*, most: int, owner: str = "team/ads", at: datetime = NOW) -> Claim:
    limit = Limit(measure=Measure.REQUESTS, per=Per.MINUTE, amount=most)
    return Claim(Account(Owner(owner), limit), 1, at)


def reservation(id: str, *claims: Claim, fingerprint: str | None = None) -> Reservation:
    return Reservation(ReservationId(id), claims, fingerprint)


def held(amount: int) -> Use:
    """All of it is held."""
    return Use(total=amount, held=amount)


def spent(amount: int) -> Use:
    """All of it was charged."""
    return Use(total=amount, held=0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

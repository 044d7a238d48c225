"""How many unknown keys an address may try: far more than mistakes, far fewer than guesses."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from gateway.ports.clock import Clock
from gateway.rules.refusals import TooManyAttempts, Unauthenticated

ADDRESSES_MAX = 10_000
"""Addresses remembered; the first to come goes first."""
ATTEMPTS_PER_MINUTE = 30
MINUTE = timedelta(minutes=1)
NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has all that begin alike."""


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Counts the misses of each address, of teams' keys and of administrators' together."""

    clock: Clock
    _misses: OrderedDict[str, tuple[datetime, int]] = field(default_factory=OrderedDict)

    def check(self, address: str) -> None:
        """Raise TooManyAttempts when an address has tried too many unknown keys."""
        now = self.clock.now()
        began, count = self._misses.get(_whose(address), (now, 0))
        waited = now - began
        if count >= ATTEMPTS_PER_MINUTE and waited < MINUTE:
            raise TooManyAttempts(retry_after=max(1, round((MINUTE - waited).total_seconds())))

    def miss(self, address: str) -> Unauthenticated:
        """Count an unknown key; give the refusal of it."""
        now, whose = self.clock.now(), _whose(address)
        began, count = self._misses.get(whose, (now, 0))
        if now - began >= MINUTE:
            began, count = now, 0
        self._misses[whose] = (began, count + 1)
        if len(self._misses) > ADDRESSES_MAX:
            self._misses.popitem(last=False)
        return Unauthenticated()


def _whose(address: str) -> str:
    """Name who has an address: itself, or of IPv6 the network that it is in."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address) or found.ipv4_mapped is not None:
        return address
    return str(IPv6Network((found, NETWORK_BITS), strict=False))

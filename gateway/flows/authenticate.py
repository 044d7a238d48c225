"""The story of a bearer: from a secret to who holds it. Known keys are answered from memory."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.ports.clock import Clock
from gateway.ports.records import Directory
from gateway.rules.directory import Holder
from gateway.rules.keys import fingerprint_of, is_well_formed
from gateway.rules.refusals import TooManyAttempts, Unauthenticated

HOLDERS_MAX = 20_000
"""Keys kept in memory; the least recently used goes first."""
UNKNOWN_MAX = 20_000
"""Unknown keys remembered, so that the same one costs no SQL again."""
ADDRESSES_MAX = 10_000
ATTEMPTS_PER_MINUTE = 30
"""Unknown keys that one address may try per minute: far more than mistakes, far fewer than guesses."""
MINUTE = timedelta(minutes=1)


@dataclass(kw_only=True)
class Authenticate:
    """Finds holders. What it remembers is good as long as no team, key or policy changed."""

    directory: Directory
    clock: Clock
    _policies: int = 0
    _holders: OrderedDict[str, Holder] = field(default_factory=OrderedDict)
    _unknown: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _attempts: OrderedDict[str, tuple[datetime, int]] = field(default_factory=OrderedDict)

    def known(self, secret: str) -> Holder | None:
        """Answer from memory alone; None when the key must be looked up."""
        holder = self._holders.get(fingerprint_of(secret))
        if holder is None or not holder.is_active(self.clock.now()):
            return None
        return holder

    async def holder(self, secret: str, *, address: str) -> Holder:
        """Find who holds a key.

        Raises Unauthenticated, or TooManyAttempts when the address tried too many unknown keys.
        """
        hashed = fingerprint_of(secret)
        holder = self._holders.get(hashed)
        if holder is None:
            holder = await self._look_up(secret, hashed, address)
        else:
            self._holders.move_to_end(hashed)
        if not holder.is_active(self.clock.now()):
            raise Unauthenticated
        return holder

    async def reread(self, holder: Holder) -> Holder:
        """Read a holder again as the records say now. Raises Unauthenticated."""
        found = await self.directory.holder(holder.key_hash)
        if found is None or not found.is_active(self.clock.now()):
            self._holders.pop(holder.key_hash, None)
            raise Unauthenticated
        self._keep(holder.key_hash, found)
        return found

    def policies_are(self, policies: int) -> None:
        """Forget everything when teams, keys or policies changed since it was read."""
        if policies != self._policies:
            self._holders.clear()
            self._unknown.clear()
            self._policies = policies

    async def _look_up(self, secret: str, hashed: str, address: str) -> Holder:
        self._check_attempts(address)
        if hashed in self._unknown or not is_well_formed(secret):
            raise self._miss(address)
        holder = await self.directory.holder(hashed)
        if holder is None:
            self._unknown[hashed] = None
            if len(self._unknown) > UNKNOWN_MAX:
                self._unknown.popitem(last=False)
            raise self._miss(address)
        self._keep(hashed, holder)
        return holder

    def _keep(self, hashed: str, holder: Holder) -> None:
        self._holders[hashed] = holder
        self._holders.move_to_end(hashed)
        if len(self._holders) > HOLDERS_MAX:
            self._holders.popitem(last=False)

    def _check_attempts(self, address: str) -> None:
        began, count = self._attempts.get(address, (self.clock.now(), 0))
        waited = self.clock.now() - began
        if count >= ATTEMPTS_PER_MINUTE and waited < MINUTE:
            raise TooManyAttempts(retry_after=max(1, round((MINUTE - waited).total_seconds())))

    def _miss(self, address: str) -> Unauthenticated:
        now = self.clock.now()
        began, count = self._attempts.get(address, (now, 0))
        if now - began >= MINUTE:
            began, count = now, 0
        self._attempts[address] = (began, count + 1)
        if len(self._attempts) > ADDRESSES_MAX:
            self._attempts.popitem(last=False)
        return Unauthenticated()

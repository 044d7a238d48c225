"""The story of a bearer: from a secret to who holds it. Known keys are answered from memory."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.flows.attempts import Attempts
from gateway.ports.clock import Clock
from gateway.ports.records import Directory
from gateway.rules.directory import Holder
from gateway.rules.keys import fingerprint_of, is_well_formed
from gateway.rules.refusals import Unauthenticated

T = TypeVar("T")

HOLDERS_MAX = 20_000
"""Keys kept in memory; the least recently used goes first."""
UNKNOWN_MAX = 20_000
"""Unknown keys remembered, so that the same one costs no SQL again."""
PROVEN_MAX = 20_000
"""Hashes of keys that were found once; whoever holds one is no guesser."""


@dataclass(kw_only=True)
class Authenticate:
    """Finds holders. What it remembers is good as long as no team, key or policy changed."""

    directory: Directory
    clock: Clock
    attempts: Attempts
    _policies: int = 0
    _holders: OrderedDict[str, Holder] = field(default_factory=OrderedDict)
    _unknown: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _proven: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _reading: dict[str, asyncio.Task[Holder | None]] = field(default_factory=dict)

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
        found = await self._read(holder.key_hash)
        if found is None or not found.is_active(self.clock.now()):
            self._holders.pop(holder.key_hash, None)
            raise Unauthenticated
        self._keep(holder.key_hash, found)
        return found

    def policies_are(self, policies: int) -> None:
        """Forget who holds what when teams, keys or policies changed since it was read."""
        if policies != self._policies:
            self._holders.clear()
            self._unknown.clear()
            self._policies = policies

    async def _look_up(self, secret: str, hashed: str, address: str) -> Holder:
        """Ask the records. Strangers' guesses hold up no key that was found before."""
        if hashed not in self._proven:
            self.attempts.check(address)
        if hashed in self._unknown or not is_well_formed(secret):
            raise self.attempts.miss(address)
        holder = await self._read(hashed)
        if holder is None:
            self._proven.pop(hashed, None)
            _remember(self._unknown, hashed, None, most=UNKNOWN_MAX)
            raise self.attempts.miss(address)
        self._keep(hashed, holder)
        return holder

    async def _read(self, hashed: str) -> Holder | None:
        """Ask the records once for all who ask now: hundreds may come with a key that is not remembered."""
        reading = self._reading.get(hashed)
        if reading is None:
            reading = self._reading[hashed] = asyncio.ensure_future(self.directory.holder(hashed))
            reading.add_done_callback(lambda _: self._reading.pop(hashed))
        return await asyncio.shield(reading)

    def _keep(self, hashed: str, holder: Holder) -> None:
        """Remember a holder, unless it was read before a change that is known already."""
        if holder.fence.policies < self._policies:
            return
        _remember(self._holders, hashed, holder, most=HOLDERS_MAX)
        _remember(self._proven, hashed, None, most=PROVEN_MAX)


def _remember(memory: OrderedDict[str, T], hashed: str, thing: T, *, most: int) -> None:
    """Put the newest last; the oldest makes room for it."""
    memory[hashed] = thing
    memory.move_to_end(hashed)
    if len(memory) > most:
        memory.popitem(last=False)

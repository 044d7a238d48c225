"""The ledger's verbs, on Redis or Valkey: what goes to which script, and what its answer means."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from redis.asyncio import Redis

from gateway.ledger import requirements
from gateway.ledger.buckets import ended_before
from gateway.ledger.line import Argument
from gateway.ledger.loading import fields_of, load
from gateway.ledger.packing import opened_at, pack, pack_limits, pack_record, to_milliseconds
from gateway.ledger.server import Script, Server
from gateway.ports.ledger import (
    Granted,
    Joined,
    LedgerAway,
    LimitReached,
    Reservation,
    Snapshot,
    Stale,
    Use,
)
from gateway.rules.accounts import Claim
from gateway.rules.credits import Credits
from gateway.rules.fence import LAYOUT, Fence
from gateway.rules.ids import GenerationId, ReservationId

COUNT, RESERVE, CORRECT, CLOSE = map(Script, ("count", "reserve", "correct", "close"))
FENCE, MOVE_FENCE, INSTALL, SWEEP = map(Script, ("fence", "move_fence", "install", "sweep"))

COUNTED_SECONDS = 120
"""A minute's requests are kept for the minute, and as long again for processes whose clocks differ."""

SCAN_COUNT = 1000
"""Fields that one step of a scan looks at: about a millisecond of the server's time."""

READ_CLAIMS_MAX = 100
"""Accounts read at once; a rolling day has 25 buckets, each with a total and a held part."""


class RedisLedger:
    """The port `Ledger`. What must exist or vanish together is one hash; prelude.lua says what is in it."""

    def __init__(self, client: Redis, name: str = "rwgw") -> None:
        self._server = Server(client)
        self._prefix = f"{{{name}}}"
        self._ledger = f"{self._prefix}:ledger"

    async def count(self, claims: Sequence[Claim]) -> Granted | LimitReached:
        """Count a request on its per-minute accounts, all or none; not fenced, not rebuilt."""
        if not claims:
            return Granted()
        keys = [f"{self._prefix}:rate:{claim.field}" for claim in claims]
        amounts = pack([(claim.amount, claim.amount_max) for claim in claims])
        decision = _decision(await self._server.run(COUNT, keys, COUNTED_SECONDS, amounts), claims)
        assert isinstance(decision, Granted | LimitReached), "requests have no fence and no fingerprint"
        return decision

    async def reserve(
        self, fence: Fence, reservation: Reservation, *, now: datetime
    ) -> Granted | Joined | LimitReached | Stale:
        """Hold all claims or none. Granting the same id again only makes it young.

        With a fingerprint that an open reservation has: Joined.
        """
        claims = reservation.claims
        record, limits = pack_record(reservation, now), pack_limits(claims)
        asked = (reservation.id, record, limits, reservation.instead_of or "")
        return _decision(await self._run(RESERVE, _text(fence), *asked), claims)

    async def correct(self, fence: Fence, id: ReservationId, credits: Credits) -> Granted | Stale:
        """Set the absolute amount of every credit claim of a reservation, above its limit too."""
        return Granted() if await self._run(CORRECT, _text(fence), id, credits) else Stale()

    async def close(
        self, fence: Fence, id: ReservationId, charged: Credits, *, opened_before: datetime | None = None
    ) -> Granted | Stale:
        """Close a reservation: credit claims become `charged`, counts stay if that is not zero, slots go."""
        latest = "" if opened_before is None else to_milliseconds(opened_before)
        return Granted() if await self._run(CLOSE, _text(fence), id, charged, latest) else Stale()

    async def use(self, claims: Iterable[Claim]) -> list[Use]:
        """Read what the accounts of some claims hold, in their order."""
        buckets = [claim.counted_fields for claim in claims]
        parts = (
            buckets[start : start + READ_CLAIMS_MAX] for start in range(0, len(buckets), READ_CLAIMS_MAX)
        )
        return [use for part in parts for use in await self._use(part)]

    async def fence(self) -> Fence | None:
        """Read the ledger's fence; None when it is lost, restarted, promoted or of another layout."""
        answer = await self._run(FENCE)
        if answer is None:
            return None
        epoch, policies, layout = map(int, answer.split())
        return Fence(epoch, policies) if layout == LAYOUT else None

    async def move_fence(self, old: Fence, new: Fence) -> bool:
        """Move the fence on after a change that leaves all accounts complete; False when it was not `old`."""
        return bool(await self._run(MOVE_FENCE, _text(old), _text(new)))

    async def install(self, fence: Fence, snapshot: Snapshot, *, now: datetime) -> bool:
        """Replace the whole ledger in one step; False when it already stands at this or a later epoch."""
        fields = await asyncio.to_thread(fields_of, snapshot, now)
        attempt = await self._server.ask("INCR", f"{self._prefix}:loads")
        loaded = f"{self._ledger}:{fence.epoch}:{attempt}"
        await load(self._server, loaded, fields)
        keys = (self._ledger, loaded)
        outcome = await self._server.run(INSTALL, keys, _text(fence), fence.epoch, len(fields))
        if outcome == b"incomplete":
            raise LedgerAway("what was loaded went away before it was in place")
        return bool(outcome == b"installed")

    async def opened_before(self, instant: datetime) -> list[ReservationId]:
        """List reservations that were opened before an instant."""
        old: set[str] = set()
        async for part in self._scan("r|"):
            old.update(id for id, record in part.items() if opened_at(record) < instant)
        return [ReservationId(id) for id in sorted(old)]

    async def sweep(self, keep_after: datetime) -> int:
        """Drop buckets of ended windows that no open reservation needs; tell how many went."""
        has_ended = ended_before(keep_after)
        dropped = 0
        async for part in self._scan("a|"):
            ended = [bucket for bucket in part if has_ended(bucket)]
            if ended:
                dropped += await self._run(SWEEP, pack(ended))
        return dropped

    async def check(self) -> None:
        """Refuse a store that is too old or evicts keys. Raises ValueError with the words to fix it."""
        await requirements.check(self._server)

    async def disconnect(self) -> None:
        """Let go of the connections."""
        await self._server.disconnect()

    async def _run(self, script: Script, *arguments: Argument) -> Any:  # noqa: ANN401 - as the script answers
        return await self._server.run(script, (self._ledger,), *arguments)

    async def _use(self, accounts: Sequence[tuple[str, ...]]) -> list[Use]:
        buckets = [bucket for account in accounts for bucket in account]
        fields = [kind + bucket for kind in ("a|", "h|") for bucket in buckets]
        amounts = iter(
            [int(amount or 0) for amount in await self._server.ask("HMGET", self._ledger, *fields)]
        )
        totals, held = ([sum(islice(amounts, len(account))) for account in accounts] for _ in range(2))
        return [Use(*both) for both in zip(totals, held, strict=True)]

    async def _scan(self, kind: str) -> AsyncIterator[dict[str, bytes]]:
        cursor = 0
        while True:
            step = ("HSCAN", self._ledger, cursor, "MATCH", f"{kind}*", "COUNT", SCAN_COUNT)
            following, words = await self._server.ask(*step)
            names = (field.decode().removeprefix(kind) for field in words[::2])
            yield dict(zip(names, words[1::2], strict=True))
            cursor = int(following)
            if cursor == 0:
                return


def _text(fence: Fence) -> str:
    return f"{fence.epoch} {fence.policies} {fence.layout}"


def _decision(answer: list[Any], claims: Sequence[Claim]) -> Granted | Joined | LimitReached | Stale:
    match answer:
        case [b"granted", *left]:
            return Granted(tuple(zip(claims, left, strict=True)) if left else ())
        case [b"joined", holder]:
            return Joined(GenerationId(holder.decode().partition(":")[0]))
        case [b"reached", place, total, held]:
            return LimitReached(claims[place], total, held)
        case _:
            assert answer == [b"stale"], "the scripts give no other answer"
            return Stale()

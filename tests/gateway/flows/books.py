"""The audit after every test: ledger, records and upstream are three accounts of the same money."""

from collections import Counter
from typing import Any

from msgspec import msgpack

from gateway.ledger.buckets import ended_before
from gateway.ledger.loading import fields_of
from gateway.ledger.packing import Record
from gateway.ports.records import Scan
from gateway.records.scan import scan
from gateway.rules.accounts import account_names
from gateway.rules.credits import to_credits
from gateway.rules.generation import Basis, Generation, Stage
from gateway.rules.policy import Measure
from tests.gateway.flows.play import Peer
from tests.gateway.flows.upstream import Upstream

LANES = "project/"
SLOTS = f"|{Measure.RUNNING}|"


async def assert_books_agree(peer: Peer, upstream: Upstream) -> None:
    """Check, while nothing is under way, that all three tell the same."""
    await assert_ledger_agrees(peer)
    await assert_bill_agrees(peer, upstream)
    assert peer.told("step_failed") == []


async def assert_ledger_agrees(peer: Peer) -> None:
    """The ledger holds, on every account, what a rebuild would compute from the records."""
    scanned = await _scanned(peer)
    fields = _Fields(peer, scanned, await _fields(peer))
    expected = _Fields(peer, scanned, _rebuilt(peer, scanned))
    assert await peer.gateway.ledger.fence() == scanned.fence
    assert fields.reservations() == expected.reservations()
    assert fields.amounts("h|") == expected.amounts("h|")
    assert fields.totals() == expected.totals()


async def assert_ledger_covers(peer: Peer) -> None:
    """The ledger holds, on every account, at least what the records say: so may it stand at any moment."""
    scanned = await _scanned(peer)
    fields = _Fields(peer, scanned, await _fields(peer))
    expected = _Fields(peer, scanned, _rebuilt(peer, scanned))
    assert expected.reservations().items() <= fields.reservations().items()
    for kind in ("h|", "a|"):
        found = fields.amounts(kind)
        assert all(found.get(bucket, 0) >= amount for bucket, amount in expected.amounts(kind).items())


async def assert_nothing_can_be_granted_twice(peer: Peer) -> None:
    """While anything may be under way: the ledger knows of all credits and counts that the records have.

    A slot may be given back a moment before the records say so: what would run in it has not been sent.
    """
    fence = await peer.gateway.ledger.fence()
    fields = await _fields(peer)  # before the records: what grows is in the ledger first
    scanned = await _scanned(peer)
    if fence != scanned.fence:
        return  # nothing is granted
    known = _Fields(peer, scanned, fields).totals()
    for bucket, amount in _Fields(peer, scanned, _rebuilt(peer, scanned)).totals().items():
        assert SLOTS in bucket or known.get(bucket, 0) >= amount, f"{bucket} holds {amount}"


async def assert_bill_agrees(peer: Peer, upstream: Upstream) -> None:
    """Every charge upstream is booked or listed as unclear, and nothing was sent twice."""
    audit = upstream.audit()
    assert audit["balanced"], audit["discrepancies"]
    generations = await peer.generations()
    by_upstream_id = Counter(generation.upstream_id for generation in generations if generation.upstream_id)
    assert max(by_upstream_id.values(), default=1) == 1
    known = {str(generation.upstream_id): generation for generation in generations}
    unknown = upstream.tasks().keys() - known.keys()
    unclear = [g for g in generations if g.stage is Stage.UNCLEAR and g.upstream_id is None]
    resolved = [g for g in generations if g.basis is Basis.RESOLVED and g.upstream_id is None]
    assert len(unknown) <= len(unclear) + len(resolved), "a charge that nobody knows of"
    for id, task in upstream.tasks().items():
        if task["cost"] is not None and id in known:
            cost = to_credits(task["cost"]["credits"])
            assert _is_accounted_for(known[id], cost), f"{known[id]} cost {cost}"


def _is_accounted_for(generation: Generation, cost: int) -> bool:
    match generation.stage:
        case Stage.DONE | Stage.CLOSING:
            return generation.charged == cost or generation.basis in {Basis.ASSUMED, Basis.RESOLVED}
        case Stage.UNCLEAR | Stage.RUNNING:
            return True
        case _:
            return False


async def _fields(peer: Peer) -> dict[str, Any]:
    words = await peer.gateway.ledger._server.ask("HGETALL", peer.gateway.ledger._ledger)
    names = [name.decode() for name in words[::2]]
    return dict(zip(names, words[1::2], strict=True))


def _rebuilt(peer: Peer, scanned: Scan) -> dict[str, Any]:
    return dict(fields_of(peer.background.mend._snapshot(scanned), peer.clock.now()))


async def _scanned(peer: Peer) -> Scan:
    now = peer.clock.now()
    return await peer.gateway.database.report(lambda connection: scan(connection, now))


class _Fields:
    """A ledger's fields, as far as they are of limits that there are and of windows that still count.

    What was held under a limit that is gone stays until its reservation closes; should the limit come back,
    the ledger is rebuilt.
    """

    def __init__(self, peer: Peer, scanned: Scan, fields: dict[str, Any]) -> None:
        self._fields = fields
        self._has_ended = ended_before(peer.clock.now())
        self._accounts = {
            name for owner, policy in scanned.policies.items() for name in account_names(owner, policy)
        }

    def reservations(self) -> dict[str, list[tuple[str, int, str]]]:
        """What is open, with what each holds."""
        return {
            name: sorted(claim for claim in msgpack.decode(record, type=Record).claims if self._is(claim[0]))
            for name, record in self._fields.items()
            if name[:2] == "r|"
        }

    def totals(self) -> dict[str, int]:
        return {bucket: of for bucket, of in self.amounts("a|").items() if not self._has_ended(bucket)}

    def amounts(self, kind: str) -> dict[str, int]:
        """The amounts that are not nothing, by bucket."""
        amounts = {name[2:]: int(of) for name, of in self._fields.items() if name[:2] == kind}
        return {bucket: amount for bucket, amount in amounts.items() if amount and self._is(bucket)}

    def _is(self, bucket: str) -> bool:
        return bucket.startswith(LANES) or bucket.rpartition("|")[0] in self._accounts

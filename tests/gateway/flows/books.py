"""The audit after every test: ledger, records and upstream are three accounts of the same money."""

from collections import Counter
from datetime import timedelta
from typing import Any

from msgspec import msgpack

from gateway.ledger.buckets import ended_before
from gateway.ledger.loading import fields_of
from gateway.ledger.packing import Record
from gateway.records.scan import scan
from gateway.rules.generation import Basis, Generation, Stage
from tests.gateway.flows.play import Process
from tests.gateway.flows.upstream import Upstream

HOUR = timedelta(hours=1)


async def assert_books_agree(process: Process, upstream: Upstream) -> None:
    """Check, while nothing is under way, that all three tell the same."""
    await assert_ledger_agrees(process)
    await assert_bill_agrees(process, upstream)
    assert process.told("step_failed") == []


async def assert_ledger_agrees(process: Process) -> None:
    """The ledger holds, on every account, what a rebuild would compute from the records."""
    fields = await _fields(process)
    expected = await _expected(process)
    assert await process.gateway.ledger.fence() == await process.background.admissions.fence()
    assert _reservations(fields) == _reservations(expected)
    for kind in ("a|", "h|"):
        assert _amounts(process, fields, kind, expected) == _amounts(process, expected, kind, expected)


async def assert_bill_agrees(process: Process, upstream: Upstream) -> None:
    """Every charge upstream is booked or listed as unclear, and nothing was sent twice."""
    audit = upstream.audit()
    assert audit.balanced, audit.discrepancies
    generations = await process.generations()
    by_upstream_id = Counter(generation.upstream_id for generation in generations if generation.upstream_id)
    assert max(by_upstream_id.values(), default=1) == 1
    known = {str(generation.upstream_id): generation for generation in generations}
    unknown = upstream.tasks().keys() - known.keys()
    unclear = [g for g in generations if g.stage is Stage.UNCLEAR and g.upstream_id is None]
    resolved = [g for g in generations if g.basis is Basis.RESOLVED and g.upstream_id is None]
    assert len(unknown) <= len(unclear) + len(resolved), "a charge that nobody knows of"
    for id, task in upstream.tasks().items():
        if task.cost is not None and id in known:
            assert _is_accounted_for(known[id], task.cost), f"{known[id]} cost {task.cost}"


def _is_accounted_for(generation: Generation, cost: int) -> bool:
    match generation.stage:
        case Stage.DONE | Stage.CLOSING:
            return generation.charged == cost or generation.basis in {Basis.ASSUMED, Basis.RESOLVED}
        case Stage.UNCLEAR | Stage.RUNNING:
            return True
        case _:
            return False


async def _fields(process: Process) -> dict[str, Any]:
    words = await process.gateway.ledger._server.ask("HGETALL", process.gateway.ledger._ledger)
    names = [name.decode() for name in words[::2]]
    return dict(zip(names, words[1::2], strict=True))


async def _expected(process: Process) -> dict[str, Any]:
    now, mend = process.clock.now(), process.background.mend
    scanned = await process.gateway.database.report(scan)
    return dict(fields_of(mend._snapshot(scanned, now), now))


def _reservations(fields: dict[str, Any]) -> dict[str, tuple[tuple[str, int, str], ...]]:
    """What is open, with its claims that hold anything."""
    open = {name: msgpack.decode(record, type=Record) for name, record in fields.items() if name[:2] == "r|"}
    return {name: tuple(sorted(record.claims)) for name, record in open.items()}


def _amounts(process: Process, fields: dict[str, Any], kind: str, expected: dict[str, Any]) -> dict[str, int]:
    """The amounts that still count and are not nothing."""
    has_ended = ended_before(process.clock.now())
    amounts = {name[2:]: int(amount) for name, amount in fields.items() if name[:2] == kind}
    return {
        bucket: amount
        for bucket, amount in amounts.items()
        if amount and (not has_ended(bucket) or f"a|{bucket}" in expected)
    }

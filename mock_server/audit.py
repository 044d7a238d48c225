"""Proves that the money adds up: tasks, entries, balances and usage are four records, compared pairwise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import assert_never

import msgspec

from mock_server.billing import EntryKind
from mock_server.clock import iso_day
from mock_server.credits import NONE, Credits, shown
from mock_server.lifecycle import Status, Task
from mock_server.resources import Kind
from mock_server.sessions import Session
from mock_server.tenant import Tenant


class DoubleCharge(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is `same body` (then `first` is the earlier task) or `retry` (the SDK said so)."""

    tenant: str
    task: str
    first: str | None
    reason: str
    credits: int | float


class Audit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Amounts in credits. `charged` is before refunds. `discrepancies` says what does not add up."""

    balanced: bool
    creates: int
    charged: int | float
    refunded: int | float
    net: int | float
    discrepancies: list[str]
    suspected_double_charges: list[DoubleCharge]


def audit(tenants: Iterable[Tenant]) -> Audit:
    audited = list(tenants)
    discrepancies = [sentence for tenant in audited for sentence in _discrepancies(tenant)]
    entries = [entry for tenant in audited for entry in tenant.ledger.entries]
    charged = _total(entry.amount for entry in entries if entry.kind is EntryKind.CHARGE)
    refunded = _total(entry.amount for entry in entries if entry.kind is EntryKind.REFUND)
    return Audit(
        balanced=not discrepancies,
        creates=sum(len(tenant.tasks) for tenant in audited),
        charged=shown(charged),
        refunded=shown(refunded),
        net=shown(Credits(charged - refunded)),
        discrepancies=discrepancies,
        suspected_double_charges=[charge for tenant in audited for charge in _double_charges(tenant)],
    )


def _discrepancies(tenant: Tenant) -> Iterator[str]:
    yield from _task_discrepancies(tenant)
    yield from _balance_discrepancies(tenant)
    yield from _usage_discrepancies(tenant)


def _task_discrepancies(tenant: Tenant) -> Iterator[str]:
    """What each task and each session should have cost, what it says, and what was booked for it."""
    booked: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in tenant.ledger.entries:
        booked[entry.task, entry.model] += entry.spent
    dues = {("", ""): NONE} | _session_dues(tenant)
    for task in tenant.tasks.values():
        due = dues[task.id, task.origin.model] = _due(task)
        if task.cost not in {None, due}:
            yield f"task {task.id} says {task.cost}, its ending comes to {due}"
    for owner, model in dues.keys() | booked.keys():
        paid, due = booked[owner, model], dues.get((owner, model), NONE)
        if paid != due:
            yield f"{owner} was booked with {paid} for {model}, what it did comes to {due}"


def _session_dues(tenant: Tenant) -> dict[tuple[str, str], Credits]:
    now = tenant.clock.now()
    sessions = (known for known in tenant.resources.every(Kind.SESSION) if isinstance(known, Session))
    return {(session.id, session.model): session.cost(now) for session in sessions}


def _due(task: Task) -> Credits:
    match task.status:
        case Status.PENDING | Status.THROTTLED | Status.RUNNING:
            return task.estimate
        case Status.SUCCEEDED | Status.FAILED:
            return task.refund_rules.cost_of_ending(task.script, estimate=task.estimate)
        case Status.CANCELLED:
            return task.refund_rules.cost_of_cancelling(task.estimate)
        case _:
            assert_never(task.status)


def _balance_discrepancies(tenant: Tenant) -> Iterator[str]:
    ledger = tenant.ledger
    granted = _total(entry.amount for entry in ledger.entries if entry.kind is EntryKind.GRANT)
    left = granted - _total(entry.spent for entry in ledger.entries)
    if ledger.balance != left:
        yield f"the balance of {tenant.key} is {ledger.balance}, its entries come to {left}"


def _usage_discrepancies(tenant: Tenant) -> Iterator[str]:
    """The usage report counts by day and model; so do the entries."""
    counted: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in tenant.ledger.entries:
        if entry.kind is not EntryKind.GRANT:
            counted[iso_day(entry.moment), entry.model] += entry.spent
    for day, model in tenant.ledger.usage.keys() | counted.keys():
        reported, booked = tenant.ledger.usage.get((day, model), NONE), counted[day, model]
        if reported != booked:
            yield f"usage of {model} on {day} is reported as {reported}, booked as {booked}"


def _double_charges(tenant: Tenant) -> Iterator[DoubleCharge]:
    """Tasks that cost something, and look like another one or like an SDK's retry."""
    first_with: dict[bytes, Task] = {}
    for task in tenant.tasks.values():
        cost = _due(task)
        if cost == NONE:
            continue
        first = first_with.setdefault(task.origin.digest, task)
        if first is not task or task.origin.retry_count > 0:
            yield DoubleCharge(
                tenant=tenant.key,
                task=task.id,
                first=None if first is task else first.id,
                reason="retry" if first is task else "same body",
                credits=shown(cost),
            )


def _total(amounts: Iterable[Credits]) -> Credits:
    return Credits(sum(amounts))

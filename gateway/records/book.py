"""The ledger's book: one line for everything that is held, charged or saved. Only ever added to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from gateway.records.lookups import IS_NEW
from gateway.records.rows import Values, to_micros, values_of
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import entries
from gateway.records.transactions import execute_later
from gateway.rules.generation import Basis, Generation, Task
from gateway.rules.ids import TaskId

_ADD = insert(entries).inline()
_LINE = ("generation", "task", "kind", "amount", "basis", "team", "key", "at")
_ADD_FIRST = insert(entries).inline().from_select(_LINE, select(*values_of(entries, _LINE)).where(IS_NEW))
_ADD_NOW = _ADD.values(at=STORE_TIME)


class EntryKind(StrEnum):
    """What a line says; its amount is absolute, not a difference."""

    RESERVED = "reserved"
    """Held from then on."""
    CORRECTED = "corrected"
    """Held from then on instead."""
    CLOSED = "closed"
    """Charged; nothing is held any more."""
    RESOLVED = "resolved"
    """The same, decided by an administrator."""
    REUSED = "reused"
    """What it would have cost."""


def enter_reserved(connection: Connection, generation: Generation, payer: Task) -> None:
    """Enter what a generation holds that is there, and that has no line yet."""
    line = _held(generation, EntryKind.RESERVED, payer.id)
    execute_later(connection, _ADD_FIRST, {**line, "at": to_micros(generation.created_at)})


def enter_handed_over(connection: Connection, generation: Generation, payer: TaskId) -> None:
    """Enter what a generation holds for another payer."""
    execute_later(connection, _ADD_NOW, _held(generation, EntryKind.RESERVED, payer))


def enter_corrected(connection: Connection, generation: Generation) -> None:
    """Enter what a generation holds instead of what it held."""
    execute_later(connection, _ADD_NOW, _held(generation, EntryKind.CORRECTED, None))


def enter_closing(connection: Connection, closed: Generation, at: datetime) -> None:
    """Enter what a generation cost. The store refuses a second one."""
    line = {
        "generation": closed.id,
        "task": None,
        "kind": EntryKind.RESOLVED if closed.basis is Basis.RESOLVED else EntryKind.CLOSED,
        "amount": closed.charged,
        "basis": closed.basis,
        "team": closed.team,
        "key": closed.key,
        "at": to_micros(at),
    }
    execute_later(connection, _ADD, line)


def enter_reuse(connection: Connection, task: Task) -> None:
    """Enter what a task saved its team."""
    line = {
        "generation": task.generation,
        "task": task.id,
        "kind": EntryKind.REUSED,
        "amount": task.saved,
        "basis": None,
        "team": task.team,
        "key": task.key,
        "at": to_micros(task.created_at),
    }
    execute_later(connection, _ADD, line)


def _held(generation: Generation, kind: EntryKind, task: TaskId | None) -> Values:
    return {
        "generation": generation.id,
        "task": task,
        "kind": kind,
        "amount": generation.reserved,
        "basis": None,
        "team": generation.team,
        "key": generation.key,
    }

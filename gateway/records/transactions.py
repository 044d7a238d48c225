"""What belongs to the transaction that is under way, and goes with it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from gateway.records.driver import Asked, Rows, Statement, commit_after, execute_all
from gateway.records.rows import Values

_NOTES = "notes"
_LATER = "later"

_Round = dict[Statement, list[tuple[Values, Rows]]]


class _Notes(NamedTuple):
    transaction: object
    kept: dict[str, Any]


def notes(connection: Connection) -> dict[str, Any]:
    """Give the transaction's own notes: empty at its beginning, gone with its end."""
    transaction = connection.get_transaction()
    found = connection.info.get(_NOTES)
    if not isinstance(found, _Notes) or found.transaction is not transaction:
        found = connection.info[_NOTES] = _Notes(transaction, {})
    return found.kept


def execute_later(connection: Connection, statement: Statement, values: Values) -> Rows:
    """Execute a statement at the end of the transaction, or when `execute_now` is called.

    It goes with its like, of the same round: rows that are written together cost a fraction of what each
    costs alone. Gives the list that its rows are put into then.
    """
    rows: Rows = []
    rounds = _rounds(connection)
    rounds[-1].setdefault(statement, []).append((values, rows))
    return rows


def begin_round(connection: Connection) -> None:
    """Let what is left for the end from now on see all that was left for it before."""
    _rounds(connection).append({})


def execute_now(connection: Connection) -> None:
    """Carry out what was left for the end, so that it can be read."""
    _carry_out(connection, execute_all)


def commit(connection: Connection) -> None:
    """End the transaction: carry out what was left for the end, and commit."""
    _carry_out(connection, commit_after)


def _rounds(connection: Connection) -> list[_Round]:
    rounds: list[_Round] = notes(connection).setdefault(_LATER, [{}])
    return rounds


def _carry_out(
    connection: Connection, execute: Callable[[Connection, Sequence[Asked]], Sequence[Rows]]
) -> None:
    rounds: list[_Round] = notes(connection).pop(_LATER, [])
    left = [(statement, *one) for each in rounds for statement, like in each.items() for one in like]
    told = execute(connection, [(statement, values) for statement, values, _ in left])
    for (_, _, rows), found in zip(left, told, strict=True):
        rows.extend(found)

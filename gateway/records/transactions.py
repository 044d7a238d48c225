"""What belongs to the transaction that is under way, and goes with it."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Delete, Insert

from gateway.records.driver import Asked, commit_after, execute_all
from gateway.records.rows import Values

_NOTES = "notes"
_LATER = "later"


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


def execute_later(connection: Connection, statement: Insert | Delete, values: Values) -> None:
    """Insert or delete a row at the end of the transaction, or when `execute_now` is called.

    Rows that are written together cost a fraction of what each costs alone.
    """
    later = notes(connection).setdefault(_LATER, {})
    later.setdefault(statement, []).append(values)


def execute_now(connection: Connection) -> None:
    """Carry out what was left for the end, so that it can be read."""
    execute_all(connection, _left(connection))


def commit(connection: Connection) -> None:
    """End the transaction: carry out what was left for the end, and commit."""
    commit_after(connection, _left(connection))


def _left(connection: Connection) -> list[Asked]:
    later = notes(connection).pop(_LATER, {})
    return [(statement, values) for statement, rows in later.items() for values in rows]

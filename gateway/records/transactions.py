"""What belongs to the transaction that is under way, and goes with it."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Delete, Insert

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


def execute_later(connection: Connection, statement: Insert | Delete, values: dict[str, Any]) -> None:
    """Insert or delete a row at the end of the transaction: what nobody reads in another unit that shares it.

    Rows that are written together cost a fraction of what each costs alone.
    """
    later = notes(connection).setdefault(_LATER, {})
    later.setdefault(statement, []).append(values)


def execute_now(connection: Connection) -> None:
    """Carry out all that was left for the end."""
    for statement, rows in notes(connection).pop(_LATER, {}).items():
        connection.execute(statement, rows)

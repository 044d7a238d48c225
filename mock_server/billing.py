"""A tenant's money: what was granted, charged and given back, when, and for which task."""

from enum import StrEnum
from typing import assert_never

import msgspec

from mock_server.clock import Moment, iso_day
from mock_server.credits import NONE, Credits


class EntryKind(StrEnum):
    GRANT = "grant"
    CHARGE = "charge"
    REFUND = "refund"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` is positive, save for a grant that lowers the balance. Grants belong to no task."""

    kind: EntryKind
    amount: Credits
    moment: Moment
    task: str = ""
    model: str = ""

    @property
    def spent(self) -> Credits:
        """What the entry adds to what was spent; a refund is negative."""
        match self.kind:
            case EntryKind.GRANT:
                return NONE
            case EntryKind.CHARGE:
                return self.amount
            case EntryKind.REFUND:
                return Credits(-self.amount)
            case _:
                assert_never(self.kind)


class Ledger:
    """Balance and usage are kept beside the entries, so that the audit compares what was counted twice."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.balance = NONE
        self.usage: dict[tuple[str, str], Credits] = {}

    def post(self, entry: Entry) -> None:
        self.entries.append(entry)
        if entry.kind is EntryKind.GRANT:
            self.balance = Credits(self.balance + entry.amount)
            return
        self.balance = Credits(self.balance - entry.spent)
        day = (iso_day(entry.moment), entry.model)
        self.usage[day] = Credits(self.usage.get(day, NONE) + entry.spent)

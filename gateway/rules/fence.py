"""The fence: what must be equal in Redis, in SQL and in a caller's hands before anything is granted."""

from msgspec import Struct

LAYOUT = 1
"""Raised when the meaning of fields in the ledger changes, so that old and new processes never share one."""


class Fence(Struct, frozen=True):
    """`epoch` is raised by a rebuild of the ledger, `policies` by any change of team, key or policy."""

    epoch: int
    policies: int
    layout: int = LAYOUT

"""The store's own clock, by which leases run out and changes are found: one clock for all processes."""

import time

from sqlalchemy import BigInteger, func

STORE_TIME = func.store_time(type_=BigInteger())
"""Microseconds since 1970, UTC, at the instant of the statement: a function that every connection has.

In PostgreSQL a migration makes it, so all processes ask the server.
"""


def of_this_host() -> int:
    """Tell the time as SQLite connections do: all processes that share the file share the host."""
    return time.time_ns() // 1000

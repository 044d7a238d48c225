"""The play of the flows' tests, with nothing added."""

from tests.gateway.conftest import (
    clock,
    empty_records,
    patience,
    peer,
    play,
    played_database,
    records_url,
    stores,
    upstream,
)
from tests.gateway.ledger.conftest import shared_valkey

__all__ = [
    "clock",
    "empty_records",
    "patience",
    "peer",
    "play",
    "played_database",
    "records_url",
    "shared_valkey",
    "stores",
    "upstream",
]

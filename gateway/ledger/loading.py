"""Loads a whole ledger beside the one in use, in bounded parts."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from gateway.ledger.line import Argument
from gateway.ledger.packing import pack_record
from gateway.ledger.server import Server
from gateway.ports.ledger import Snapshot

LOADED_FIELDS_MAX = 1000
"""Fields in one part: a few milliseconds, during which other verbs wait."""

ABANDONED_AFTER_SECONDS = 600
"""A loaded hash that was never put in place goes by itself."""


def fields_of(snapshot: Snapshot, now: datetime) -> dict[str, Argument]:
    """List the fields of a ledger that holds a snapshot, all but its fence."""
    totals = defaultdict(int, snapshot.settled)
    held: defaultdict[str, int] = defaultdict(int)
    fields: dict[str, Argument] = {}
    for reservation in snapshot.open:
        fields[f"r|{reservation.id}"] = pack_record(reservation, now)
        if reservation.fingerprint is not None:
            fields[f"f|{reservation.fingerprint}"] = reservation.id
        for claim in reservation.claims:
            totals[claim.field] += claim.amount
            held[claim.field] += claim.amount
    fields |= {f"a|{bucket}": amount for bucket, amount in totals.items()}
    fields |= {f"h|{bucket}": amount for bucket, amount in held.items()}
    return fields


async def load(server: Server, key: str, fields: dict[str, Argument]) -> None:
    for part in _parts(fields):
        await server.ask("HSET", key, *part)
        await server.ask("EXPIRE", key, ABANDONED_AFTER_SECONDS)


def _parts(fields: dict[str, Argument]) -> Iterator[list[Argument]]:
    pairs = iter(fields.items())
    while part := [word for pair in islice(pairs, LOADED_FIELDS_MAX) for word in pair]:
        yield part

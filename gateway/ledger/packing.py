"""What scripts are handed and what they keep, in MessagePack, which Lua on the server reads without loss."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from gateway.ports.ledger import Reservation
from gateway.rules.accounts import Claim

_encoder = msgspec.msgpack.Encoder()


class Record(Struct, frozen=True, array_like=True):
    """An open reservation as the ledger keeps it. Lua reads the same places."""

    opened_ms: int
    fingerprint: str
    """Empty when it has none."""
    claims: tuple[tuple[str, int, str], ...]
    """Bucket, amount, and what becomes of it."""


_decoder = msgspec.msgpack.Decoder(Record)


def pack(value: Any) -> bytes:  # noqa: ANN401 - lists, texts and integers, as the script at hand wants them
    return _encoder.encode(value)


def pack_record(reservation: Reservation, now: datetime) -> bytes:
    claims = tuple((claim.field, claim.amount, claim.becomes.value) for claim in reservation.claims)
    assert len({bucket for bucket, _, _ in claims}) == len(claims), "each claim has an account of its own"
    return pack(Record(to_milliseconds(now), reservation.fingerprint or "", claims))


def pack_limits(claims: Sequence[Claim]) -> bytes:
    """Pack what each claim is held against: the limit and the buckets that count, or nothing."""
    limits = ((claim.amount_max, claim) for claim in claims)
    return pack([() if most is None else (most, claim.counted_fields) for most, claim in limits])


def opened_at(record: bytes) -> datetime:
    return datetime.fromtimestamp(_decoder.decode(record).opened_ms / 1000, UTC)


def to_milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)

"""What was asked and answered, newest last, bounded in bytes; media appear as digests."""

import hashlib
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from mock_server.clock import Moment

RECORD_BYTES = 400  # a record without its texts, roughly
BODY_BYTES_MAX = 64 * 1024  # a longer one is left out


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """`model` is that of a create. `task` was created or found, whatever the client was answered.

    `reason` is why the call was refused: by Runway's rule, a fault, or a limitation of the mock.
    """

    number: int
    moment: Moment
    operation: str
    method: str
    path: str
    status: int
    tenant: str = ""
    model: str = ""
    task: str = ""
    retry_count: int = 0
    reason: str = ""
    body: msgspec.Raw | None = None

    @property
    def size(self) -> int:
        texts = len(self.path) + len(self.tenant) + len(self.model)
        return RECORD_BYTES + texts + (0 if self.body is None else len(memoryview(self.body)))


class Journal:
    """`dropped` counts what had to go to stay within the bound; not what was forgotten with its tenant."""

    def __init__(self, bytes_max: int) -> None:
        self.dropped = 0
        self._number = 0
        self._records: deque[Record] = deque()
        self._bytes = 0
        self._bytes_max = bytes_max

    def add(self, record: Record) -> None:
        self._records.append(record)
        self._bytes += record.size
        while self._bytes > self._bytes_max:
            self._bytes -= self._records.popleft().size
            self.dropped += 1

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def find(self, *, tenant: str | None = None, operation: str | None = None) -> Iterator[Record]:
        for record in self._records:
            if tenant in {None, record.tenant} and operation in {None, record.operation}:
                yield record

    def forget(self, tenant: str) -> None:
        self._records = deque(record for record in self._records if record.tenant != tenant)
        self._bytes = sum(record.size for record in self._records)


def redacted(body: object) -> msgspec.Raw:
    """The body as JSON without its media."""
    encoded = msgspec.json.encode(without_media(body))
    return msgspec.Raw(encoded if len(encoded) <= BODY_BYTES_MAX else b'"(too long for the journal)"')


def without_media(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    match value:
        case str() if value.startswith("data:"):
            digest = hashlib.sha256(value.encode()).hexdigest()
            return f"sha256:{digest} ({len(value)} characters)"
        case dict():
            return {key: without_media(item) for key, item in value.items()}
        case list():
            return [without_media(item) for item in value]
        case _:
            return value

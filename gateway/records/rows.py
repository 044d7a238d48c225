"""From structs to rows and back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Row, Select, Table, bindparam, select

from gateway.records.tables import generations, tasks
from gateway.rules.credits import Credits
from gateway.rules.generation import (
    Basis,
    Generation,
    Outcome,
    Priority,
    Stage,
    Status,
    Task,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_outcome = msgspec.json.Decoder(Outcome)
_texts = msgspec.json.Decoder(dict[str, str])

Values = dict[str, Any]

GENERATIONS: Select[Any] = select(generations)
"""Without what is forwarded, which is large and stands in `requests`."""
TASKS: Select[Any] = select(tasks)


def to_micros(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def to_micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)


def to_instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def to_instant_or_none(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


def to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def to_outcome(stored: str | None) -> Outcome | None:
    return None if stored is None else _outcome.decode(stored)


NEW_GENERATION = (
    "id",
    "stage",
    "operation",
    "model",
    "project",
    "lane",
    "team",
    "key",
    "reservation",
    "slot",
    "reserved",
    "priced_as",
    "created_at",
    "due_at",
    "fingerprint",
    "priority",
    "turn",
    "upstream_status",
)
NEW_REQUEST = ("generation", "body", "headers")
NEW_TASK = (
    "id",
    "generation",
    "team",
    "key",
    "created_at",
    "pays",
    "digest",
    "saved",
    "attempt",
    "idempotency_key",
    "labels",
    "delivered",
)
"""What the values below are of."""


def values_of(table: Table, names: Iterable[str]) -> list[BindParameter[Any]]:
    """Take the values of some columns from whoever executes."""
    return [bindparam(name, type_=table.c[name].type) for name in names]


def generation_values(generation: Generation) -> Values:
    """Write a new generation; lease and time of change are the store's."""
    return {
        "id": generation.id,
        "stage": generation.stage.value,
        "operation": generation.operation,
        "model": generation.model,
        "project": generation.project,
        "lane": generation.lane,
        "team": generation.team,
        "key": generation.key,
        "reservation": generation.reservation,
        "slot": generation.slot,
        "reserved": generation.reserved,
        "priced_as": generation.priced_as,
        "created_at": to_micros(generation.created_at),
        "due_at": to_micros(generation.due_at),
        "fingerprint": generation.fingerprint,
        "priority": generation.priority.value,
        "turn": generation.turn,
        "upstream_status": generation.upstream_status.value,
    }


def request_values(generation: Generation) -> Values:
    return {
        "generation": generation.id,
        "body": generation.body,
        "headers": to_json(generation.headers),
    }


def task_values(task: Task) -> Values:
    return {
        "id": task.id,
        "generation": task.generation,
        "team": task.team,
        "key": task.key,
        "created_at": to_micros(task.created_at),
        "pays": task.pays,
        "digest": task.digest,
        "saved": task.saved,
        "attempt": task.attempt,
        "idempotency_key": task.idempotency_key,
        "labels": to_json(task.labels),
        "delivered": False,
    }


def to_headers(stored: str) -> Mapping[str, str]:
    return _texts.decode(stored)


def to_generation(row: Row[Any]) -> Generation:
    """Read a row of `generations`, which is without what is forwarded."""
    return Generation(
        id=row.id,
        stage=Stage(row.stage),
        operation=row.operation,
        model=row.model,
        project=row.project,
        body=b"",
        headers={},
        team=row.team,
        key=row.key,
        reservation=row.reservation,
        slot=row.slot,
        reserved=row.reserved,
        priced_as=row.priced_as,
        created_at=to_instant(row.created_at),
        due_at=to_instant(row.due_at),
        fingerprint=row.fingerprint,
        priority=Priority(row.priority),
        turn=row.turn,
        upstream_id=row.upstream_id,
        upstream_status=Status(row.upstream_status),
        progress=row.progress,
        progress_at=to_instant_or_none(row.progress_at),
        forwarded_at=to_instant_or_none(row.forwarded_at),
        finished_at=to_instant_or_none(row.finished_at),
        unclear_at=to_instant_or_none(row.unclear_at),
        answer=row.answer,
        outcome=to_outcome(row.outcome),
        charged=row.charged,
        basis=None if row.basis is None else Basis(row.basis),
        changed_at=to_instant(row.changed_at),
    )


def to_task(row: Row[Any]) -> Task:
    """Read a row of `tasks`."""
    return Task(
        id=row.id,
        generation=row.generation,
        team=row.team,
        key=row.key,
        created_at=to_instant(row.created_at),
        pays=row.pays,
        digest=row.digest,
        saved=Credits(row.saved),
        attempt=row.attempt,
        idempotency_key=row.idempotency_key,
        labels=_texts.decode(row.labels),
        detached_at=to_instant_or_none(row.detached_at),
    )

"""Fills the records as years of use would: teams, keys with policies, finished generations and their book."""

import hashlib
import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Table, create_engine, event

from gateway.records.migrate import migrate
from gateway.records.store_time import of_this_host
from gateway.records.tables import entries, generations, keys, policies, requests, tasks, teams
from gateway.rules.keys import fingerprint_of, make_secret
from tests.benchmarks.scene import BUDGET

BATCH = 10_000
HURRY = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000")
"""Nobody needs a file that a crash left half full."""
SPREAD = timedelta(days=90) // timedelta(microseconds=1)
"""How far back the generations were made: two of three months no longer count in any window."""
CREDITS = 25_000
PRICED_AS = hashlib.sha256(b"a clip of five seconds").hexdigest()
BODY = msgspec.json.encode(
    {
        "model": "gen4_turbo",
        "promptImage": "https://example.com/first.png",
        "promptText": "a lighthouse at dusk " * 10,
        "ratio": "1280:720",
        "duration": 5,
    }
)
OUTCOME = msgspec.json.encode({"succeeded": True, "output": ["https://example.com/" + "x" * 300]}).decode()

Row = dict[str, Any]


class Scale(Struct, frozen=True):
    teams: int
    keys: int
    generations: int


def fill(database: Path, scale: Scale) -> list[str]:
    """Make a SQLite file with so much in it; tell the secrets of the keys."""
    address = f"sqlite:///{database}"
    migrate(address)
    chance = random.Random(1)  # noqa: S311 - to be the same in every run
    secrets = [make_secret(chance.randbytes) for _ in range(scale.keys)]
    engine = create_engine(address)

    @event.listens_for(engine, "connect")
    def _hurry(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        for pragma in HURRY:
            connection.execute(f"PRAGMA {pragma}")

    with engine.connect() as connection:
        for table, rows in _parts(scale, secrets, chance):
            connection.execute(table.insert(), rows)
            connection.commit()
    engine.dispose()
    return secrets


def _parts(scale: Scale, secrets: list[str], chance: random.Random) -> Iterator[tuple[Table, list[Row]]]:
    """Make the rows in the order in which they refer to each other."""
    now = of_this_host()
    for table, rows in (
        (teams, _teams(scale, now)),
        (keys, _keys(scale, secrets, now)),
        (policies, _policies(scale)),
    ):
        for batch in _batches(rows):
            yield table, batch
    for start in range(0, scale.generations, BATCH):
        numbers = range(start, min(start + BATCH, scale.generations))
        yield from _made(scale, numbers, chance, now=now).items()


def _teams(scale: Scale, now: int) -> Iterator[Row]:
    for number in range(scale.teams):
        yield {"id": f"filled-{number}", "name": f"Team {number}", "created_at": now - SPREAD}


def _keys(scale: Scale, secrets: list[str], now: int) -> Iterator[Row]:
    for number, secret in enumerate(secrets):
        yield {
            "id": f"key-{number}",
            "team": f"filled-{number % scale.teams}",
            "label": "filled",
            "secret_hash": fingerprint_of(secret),
            "created_at": now - SPREAD,
        }


def _policies(scale: Scale) -> Iterator[Row]:
    """Give every team and every key limits of its own."""
    body = msgspec.json.encode({"limits": BUDGET}).decode()
    for number in range(scale.teams):
        yield {"owner": f"team/filled-{number}", "body": body, "version": 1}
    for number in range(scale.keys):
        yield {"owner": f"key/key-{number}", "body": body, "version": 1}


def _made(scale: Scale, numbers: Iterable[int], chance: random.Random, *, now: int) -> dict[Table, list[Row]]:
    made: dict[Table, list[Row]] = {generations: [], requests: [], tasks: [], entries: []}
    for number in numbers:
        at = now - SPREAD * (scale.generations - number) // scale.generations
        key = chance.randrange(scale.keys)
        id, task = (str(UUID(bytes=chance.randbytes(16), version=4)) for _ in range(2))
        owned = {"team": f"filled-{key % scale.teams}", "key": f"key-{key}"}
        made[generations].append(_generation(id, at) | owned)
        made[requests].append({"generation": id, "body": BODY, "headers": "{}"})
        made[tasks].append(_task(task, id, at) | owned)
        line = {"generation": id, "amount": CREDITS, "at": at} | owned
        made[entries].append(line | {"task": task, "kind": "reserved", "basis": None})
        made[entries].append(line | {"task": None, "kind": "closed", "basis": "observed"})
    return made


def _generation(id: str, at: int) -> Row:
    return {
        "id": id,
        "stage": "done",
        "operation": "image_to_video_create",
        "model": "gen4_turbo",
        "project": "default",
        "lane": "default|gen4_turbo",
        "reservation": id,
        "reserved": CREDITS,
        "priced_as": PRICED_AS,
        "created_at": at,
        "due_at": at,
        "priority": "normal",
        "turn": at / 1e6,
        "upstream_id": id,
        "upstream_status": "SUCCEEDED",
        "forwarded_at": at,
        "finished_at": at,
        "outcome": OUTCOME,
        "charged": CREDITS,
        "basis": "observed",
        "changed_at": at,
    }


def _task(id: str, generation: str, at: int) -> Row:
    return {
        "id": id,
        "generation": generation,
        "created_at": at,
        "pays": True,
        "digest": hashlib.sha256(id.encode()).hexdigest(),
        "saved": 0,
        "attempt": 0,
        "labels": "{}",
        "delivered": True,
    }


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""What must be true of both sides' books after any crash."""

from collections import Counter
from hashlib import sha256
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from gateway.rules.credits import Credits, to_credits
from gateway.rules.generation import Stage
from tests.crashes.installation import Installation
from tests.support.gateway import Team
from tests.support.waiting import wait_until

AT_REST = frozenset({Stage.DONE, Stage.UNCLEAR, Stage.VOID})
SETTLED_SECONDS_MAX = 60.0
ROWS = """
SELECT id, stage, upstream_id, coalesce(charged, 0) AS charged,
  (SELECT max(digest) FROM tasks WHERE generation = generations.id) AS digest
FROM generations WHERE stage <> 'void'
"""


class Line(Struct, frozen=True):
    """A generation as the gateway booked it, with the hash of what was asked for."""

    id: str
    stage: Stage
    upstream_id: str | None
    charged: Credits
    digest: str


class Difference(Struct, frozen=True):
    """How far apart the bills are, and how far they would be if what is unclear were known."""

    apart: Credits
    unexplained: Credits
    unclear: int


def settle(installation: Installation) -> None:
    """Let everything end that can end."""
    wait_until(lambda: _ended(installation), "settling", seconds_max=SETTLED_SECONDS_MAX)


def assert_nothing_was_lost_or_doubled(installation: Installation) -> Difference:
    """Hold the gateway's books against the mock's, generation by generation; tell what is unclear."""
    audit = installation.mock.audit()
    assert audit["balanced"], audit["discrepancies"]
    assert not audit["suspectedDoubleCharges"]
    lines = _lines(installation)
    costs = _costs(installation)
    by_upstream_id = Counter(line.upstream_id for line in lines if line.upstream_id is not None)
    assert max(by_upstream_id.values(), default=1) == 1
    assert by_upstream_id.keys() <= costs.keys()
    unclear = _unclear(installation, lines)
    for line in lines:
        if line.stage is not Stage.UNCLEAR:
            assert line.charged == costs.get(str(line.upstream_id), 0), line
    unknown = costs.keys() - by_upstream_id.keys()
    assert unknown <= unclear, "a charge that is neither booked nor listed as unclear"
    spent = to_credits(installation.gateway.usage()["spent"])
    assert spent == sum(line.charged for line in lines)
    apart = Credits(to_credits(audit["net"]) - spent)
    explained = sum(costs[id] for id in unclear)
    listed = sum(line.stage is Stage.UNCLEAR for line in lines)
    return Difference(apart, Credits(apart - explained), listed)


def balance(installation: Installation, team: Team) -> int:
    """What a team has left, as the ledger itself says."""
    headers = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
    answer = httpx.get(f"{installation.url}/v1/organization", headers=headers, trust_env=False)
    answer.raise_for_status()
    return int(answer.json()["creditBalance"])


def _ended(installation: Installation) -> bool:
    installation.mock.advance()
    return installation.stages().keys() <= AT_REST


def _lines(installation: Installation) -> list[Line]:
    return [
        Line(row.id, Stage(row.stage), row.upstream_id, Credits(row.charged), row.digest)
        for row in installation.rows(ROWS)
    ]


def _costs(installation: Installation) -> dict[str, Credits]:
    """What each of Runway's tasks cost, now that all have ended."""
    answer = installation.mock.control.get("/_mock/tasks")
    answer.raise_for_status()
    tasks: list[dict[str, Any]] = answer.json()["data"]
    return {task["id"]: to_credits(task["cost"]["credits"]) for task in tasks}


def _unclear(installation: Installation, lines: list[Line]) -> set[str]:
    """Runway's tasks of what the gateway lists as unclear: by their ids, or by what was asked for."""
    tasks = _tasks_by_digest(installation)
    found: set[str] = set()
    for line in lines:
        if line.stage is Stage.UNCLEAR:
            asked = tasks.get(line.digest, set())
            found |= asked if line.upstream_id is None else {line.upstream_id}
    return found


def _tasks_by_digest(installation: Installation) -> dict[str, set[str]]:
    """Runway's tasks by what was asked for. Everything was sent once, so none may have two."""
    tasks: dict[str, set[str]] = {}
    for record in installation.mock.requests():
        if "task" in record and "body" in record:
            asked = f"{record['operation']}\n".encode() + msgspec.json.encode(record["body"])
            tasks.setdefault(sha256(asked).hexdigest(), set()).add(record["task"])
    assert all(len(found) == 1 for found in tasks.values()), "a create was sent twice"
    return tasks

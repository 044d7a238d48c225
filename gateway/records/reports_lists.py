"""What the lists show: their order, their rows, and how rows become what the port promises."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from gateway.ports.reports import AuditRow, EntryRow, TaskRow
from gateway.records.holders import policies_of, to_key, to_team
from gateway.records.lookups import generations_of
from gateway.records.reports_paging import BY_ID, BY_NUMBER, BY_TIME, Order
from gateway.records.rows import TASKS, to_instant, to_task
from gateway.records.store_time import STORE_TIME
from gateway.records.tables import audit, entries, generations, keys, tasks, teams
from gateway.rules.credits import ZERO
from gateway.rules.directory import Key, Team
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import TeamId, key_owner, team_owner
from gateway.rules.views import outcome_shown, status_shown

Rows = Sequence[Row[Any]]

TEAMS_ORDER = Order((teams.c.id,), BY_ID, newest_first=False)
KEYS_ORDER = Order((keys.c.created_at, keys.c.id), BY_TIME)
TASKS_ORDER = Order((tasks.c.created_at, tasks.c.id), BY_TIME)
ENTRIES_ORDER = Order((entries.c.id,), BY_NUMBER)
AUDIT_ORDER = Order((audit.c.id,), BY_NUMBER)

TEAMS = select(teams)
"""Archived ones too."""
AUDIT = select(audit)
_KEYS = select(keys)
_ENTRIES = select(entries, generations.c.operation, generations.c.model).join(generations)
_is_done = generations.c.stage.not_in([stage.value for stage in Stage if stage is not Stage.DONE])
"""Almost all are. Told so, a store walks the newest tasks for a page, and not all of them by their stage."""


def keys_of(team: TeamId | None) -> Select[Any]:
    """List keys, revoked ones too."""
    return _KEYS if team is None else _KEYS.where(keys.c.team == team)


def tasks_of(team: TeamId | None, stage: Stage | None) -> Select[Any]:
    """List tasks, detached ones too."""
    rows = TASKS if team is None else TASKS.where(tasks.c.team == team)
    match stage:
        case None:
            return rows
        case Stage.DONE:
            return rows.join(generations).where(_is_done)
        case _:
            return rows.join(generations).where(generations.c.stage == stage.value)


def entries_of(team: TeamId | None) -> Select[Any]:
    return _ENTRIES if team is None else _ENTRIES.where(entries.c.team == team)


def read_teams(connection: Connection, rows: Rows) -> list[Team]:
    policies = policies_of(connection, [team_owner(row.id) for row in rows])
    return [to_team(row, policies[team_owner(row.id)]) for row in rows]


def read_keys(connection: Connection, rows: Rows) -> list[Key]:
    policies = policies_of(connection, [key_owner(row.id) for row in rows])
    return [to_key(row, policies[key_owner(row.id)]) for row in rows]


def read_tasks(connection: Connection, rows: Rows) -> list[TaskRow]:
    """Read the generations of some tasks, once each, and tell what the tasks show now."""
    listed = [to_task(row) for row in rows]
    found = generations_of(connection, {task.generation for task in listed})
    by_id = {generation.id: generation for generation in found}
    now = to_instant(connection.execute(select(STORE_TIME)).scalar_one())
    return [_task(task, by_id[task.generation], now) for task in listed]


def read_entries(_connection: Connection, rows: Rows) -> list[EntryRow]:
    return [
        EntryRow(
            id=row.id,
            generation=row.generation,
            task=row.task,
            kind=row.kind,
            amount=row.amount,
            basis=row.basis,
            team=row.team,
            key=row.key,
            operation=row.operation,
            model=row.model,
            at=to_instant(row.at),
        )
        for row in rows
    ]


def read_audit(_connection: Connection, rows: Rows) -> list[AuditRow]:
    return [
        AuditRow(
            id=row.id,
            at=to_instant(row.at),
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            detail=row.detail,
        )
        for row in rows
    ]


def _task(task: Task, generation: Generation, now: datetime) -> TaskRow:
    """Only the payer's task costs: then a column of charges adds up to what was charged."""
    outcome = outcome_shown(generation, now)
    return TaskRow(
        id=task.id,
        generation=generation.id,
        team=task.team,
        key=task.key,
        operation=generation.operation,
        model=generation.model,
        stage=generation.stage,
        status=status_shown(generation, now),
        failure_code=None if outcome is None else outcome.failure_code,
        pays=task.pays,
        reserved=generation.reserved if task.pays else ZERO,
        charged=generation.charged if task.pays or generation.charged is None else ZERO,
        basis=generation.basis,
        upstream_id=generation.upstream_id,
        created_at=task.created_at,
        finished_at=generation.finished_at,
        detached_at=task.detached_at,
    )

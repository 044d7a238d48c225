"""How money and counts are added up: a generation is its payer's, a task and its saving are its maker's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, or_, select

from gateway.ports.reports import GROUPS, Standing, UsageRow
from gateway.records.rows import to_instant, to_micros
from gateway.records.tables import generations, tasks
from gateway.rules.credits import Credits
from gateway.rules.generation import OPEN, Stage
from gateway.rules.ids import TeamId

DAY = timedelta(days=1) // timedelta(microseconds=1)

_stage = generations.c.stage
_charged = generations.c.charged > 0
_open = _stage.in_([stage.value for stage in OPEN])
_unclear = _stage == Stage.UNCLEAR.value
_counts = or_(_charged, _open)
"""What a limit on generations counts: what was charged anything or still may be."""


class Wanted(Struct, frozen=True):
    """What is added up: all that was created from `start` on and before `end`, in groups."""

    start: datetime | None
    end: datetime | None
    by: tuple[str, ...]
    team: TeamId | None


def _sum(amount: ColumnElement[Any], *, where: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(amount).filter(where), 0)


_MONEY = (
    func.count().filter(_counts).label("generations"),
    _sum(generations.c.charged, where=_charged).label("spent"),
    _sum(generations.c.reserved, where=and_(_open, ~_unclear)).label("reserved"),
    _sum(generations.c.reserved, where=generations.c.charged == 0).label("refunded"),
    _sum(generations.c.reserved, where=_unclear).label("unclear"),
)
_MADE = (func.count().label("tasks"), _sum(tasks.c.saved, where=_counts).label("saved"))
"""What came to nothing would have cost nothing, so nothing was saved."""

_GENERATIONS = select().select_from(generations).where(_stage != Stage.VOID.value)
_TASKS = select().select_from(tasks.join(generations))
_BY_MODEL = (
    select(generations.c.model, func.count().label("generations"))
    .where(_counts)
    .group_by(generations.c.model)
)

_STANDING = (
    select(
        generations.c.model,
        _stage,
        func.count().label("generations"),
        func.sum(generations.c.reserved).label("reserved"),
        func.min(generations.c.created_at).label("oldest"),
    )
    .where(_stage.in_([stage.value for stage in (*OPEN, Stage.CLOSING)]))
    .group_by(generations.c.model, _stage)
)


def usage(connection: Connection, wanted: Wanted) -> list[UsageRow]:
    """Add up generations, then tasks, and join them by their group."""
    sums: defaultdict[tuple[Any, ...], dict[str, Credits]] = defaultdict(dict)
    for statement in (_money(wanted), _made(wanted)):
        for row in connection.execute(statement):
            group, amounts = _split(row, len(wanted.by))
            sums[group].update(amounts)
    return [_row(wanted.by, group, sums[group]) for group in sorted(sums)]


def standing(connection: Connection) -> list[Standing]:
    return [
        Standing(
            model=row.model,
            stage=Stage(row.stage),
            generations=row.generations,
            reserved=Credits(int(row.reserved)),
            oldest_created_at=to_instant(row.oldest),
        )
        for row in connection.execute(_STANDING)
    ]


def by_model(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """Count generations by model."""
    counts = connection.execute(_within(_BY_MODEL, generations, wanted))
    return {row.model: row.generations for row in counts}


def check_groups(by: Sequence[str]) -> tuple[str, ...]:
    """Raise ValueError when usage cannot be grouped so; a group named twice counts once."""
    for name in by:
        if name not in GROUPS:
            raise ValueError(f"usage is added up by {', '.join(GROUPS)}, not by `{name}`")
    return tuple(dict.fromkeys(by))


def _money(wanted: Wanted) -> Select[Any]:
    return _grouped(_GENERATIONS, generations, wanted).add_columns(*_MONEY)


def _made(wanted: Wanted) -> Select[Any]:
    return _grouped(_TASKS, tasks, wanted).add_columns(*_MADE)


def _grouped(rows: Select[Any], owned: Table, wanted: Wanted) -> Select[Any]:
    """Group by who owns the rows, and by what was generated."""
    columns: dict[str, ColumnElement[Any]] = {
        "team": owned.c.team,
        "key": owned.c.key,
        "model": generations.c.model,
        "operation": generations.c.operation,
        "day": owned.c.created_at // DAY,
    }
    groups = [columns[name].label(name) for name in wanted.by]
    return _within(rows, owned, wanted).add_columns(*groups).group_by(*groups)


def _within(rows: Select[Any], owned: Table, wanted: Wanted) -> Select[Any]:
    if wanted.start is not None:
        rows = rows.where(owned.c.created_at >= to_micros(wanted.start))
    if wanted.end is not None:
        rows = rows.where(owned.c.created_at < to_micros(wanted.end))
    return rows if wanted.team is None else rows.where(owned.c.team == wanted.team)


def _split(row: Row[Any], groups: int) -> tuple[tuple[Any, ...], dict[str, Credits]]:
    """Tell the group of a row and its sums, which PostgreSQL gives as decimals."""
    sums = zip(row._fields[groups:], row[groups:], strict=True)
    return tuple(row[:groups]), {name: Credits(int(amount)) for name, amount in sums}


def _row(by: tuple[str, ...], group: tuple[Any, ...], sums: Mapping[str, Any]) -> UsageRow:
    named = dict(zip(by, group, strict=True))
    if "day" in named:
        named["day"] = to_instant(named["day"] * DAY).date()
    return UsageRow(**named, **sums)

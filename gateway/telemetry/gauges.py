"""Gauges from the stores, as rows: what is not done, and what of the budgets is used."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from gateway.ports.ledger import Use
from gateway.ports.reports import Standing
from gateway.rules.accounts import Account
from gateway.rules.credits import shown
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Measure
from gateway.telemetry import names
from gateway.telemetry.exposition import GaugeRow
from gateway.telemetry.labels import OTHER, Labeller
from gateway.telemetry.names import Metric


def standing_rows(standing: Iterable[Standing], *, now: datetime, model_label: Labeller) -> list[GaugeRow]:
    """Show what is not done, by stage and model; models that are not known add up under one label."""
    groups: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for part in standing:
        groups[part.stage.value, model_label(part.model)].append(part)
    return [row for labels, parts in groups.items() for row in _stage_rows(labels, parts, now)]


def budget_rows(uses: Iterable[tuple[Account, Use]], *, team_label: Labeller) -> list[GaugeRow]:
    """Show limits of the organisation and of teams with what is used of them.

    Teams without a label of their own have no row: limits of several owners do not add up.
    """
    return [
        row
        for account, use in uses
        if (owner := _owner_label(account.owner, team_label)) is not None
        for row in _budget(account, use, owner)
    ]


def _stage_rows(labels: tuple[str, str], parts: Sequence[Standing], now: datetime) -> Iterator[GaugeRow]:
    oldest = min(part.oldest_created_at for part in parts)
    yield _row(names.GENERATIONS, sum(part.generations for part in parts), *labels)
    yield _row(names.HELD, shown(sum(part.reserved for part in parts)), *labels)
    yield _row(names.OLDEST_SECONDS, max(0.0, (now - oldest).total_seconds()), *labels)


def _owner_label(owner: Owner, team_label: Labeller) -> str | None:
    if owner == ORGANIZATION:
        return owner
    kind, _, id = owner.partition("/")
    if kind != "team" or team_label(id) == OTHER:
        return None
    return owner


def _budget(account: Account, use: Use, owner: str) -> Iterator[GaugeRow]:
    limit = account.limit
    unit = shown if limit.measure is Measure.CREDITS else int
    labels = (owner, limit.measure, limit.per or "", limit.model or "", limit.timezone or "")
    yield _row(names.BUDGET_AMOUNT, unit(limit.units), *labels)
    yield _row(names.BUDGET_USED, unit(use.total), *labels)
    yield _row(names.BUDGET_HELD, unit(use.held), *labels)


def _row(metric: Metric, value: float, *values: str) -> GaugeRow:
    labels = dict(zip(metric.labels, map(str, values), strict=True))
    return GaugeRow(metric.name, metric.meaning, labels, value)

"""Counts events: one `match` per subject, each row of `names` fed in one place."""

import os
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, assert_never

import prometheus_client.values
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.rules import events
from gateway.rules.credits import ZERO, Credits, shown
from gateway.rules.events import CreateEvent, Event, GenerationEvent, WorkEvent
from gateway.telemetry import names
from gateway.telemetry.labels import (
    METHODS,
    TEAM_LABEL_MAX,
    VALUES_MAX,
    FirstSeen,
    Known,
    Labeller,
    status_label,
)
from gateway.telemetry.names import Kind, Metric
from gateway.telemetry.workers import FOLDER_VARIABLE

TEAMS_FILE = "teams.labels"
CHILDREN_MAX = 2_000
"""Series that are kept at hand by what was counted, before labels are bounded; then they are found anew."""

# A second series beside every counter, which no other process would have.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
if FOLDER_VARIABLE in os.environ:
    # The process is no other one's fork: its id is asked for once, and not with every number.
    _counted_here: Any = prometheus_client.values
    _counted_here.ValueClass = _counted_here.MultiProcessValue(partial(int, os.getpid()))


def labellers(
    models: Collection[str],
    operations: Collection[str],
    *,
    team_label_max: int = TEAM_LABEL_MAX,
    shared: Path | None = None,
) -> dict[str, Labeller]:
    """Bound the labels that a caller can influence. `shared` is the folder that all processes write to."""
    teams = None if shared is None else shared / TEAMS_FILE
    return {
        "team": FirstSeen(team_label_max, teams),
        "model": Known(models),
        "operation": Known(operations),
        "method": Known(METHODS),
        "status": status_label,
    }


class Metrics:
    """The metrics that events feed, in one registry.

    When PROMETHEUS_MULTIPROC_DIR was set before prometheus_client was imported, the values live in files
    there and the registry itself is not what is exposed.
    """

    def __init__(self, registry: CollectorRegistry, labellers: Mapping[str, Labeller]) -> None:
        self._labellers = {
            label: labellers.get(label) or FirstSeen(VALUES_MAX) for row in names.ALL for label in row.labels
        }
        self._counters = {row: _counter(row, registry) for row in _rows(Kind.COUNTER)}
        self._histograms = {row: _histogram(row, registry) for row in _rows(Kind.HISTOGRAM)}
        self._latest = {row: _latest(row, registry) for row in _rows(Kind.LATEST)}
        self._children: dict[tuple[Metric, tuple[object, ...]], Any] = {}

    def count(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, CreateEvent):
            self._count_create(event)
        elif isinstance(event, GenerationEvent):
            self._count_generation(event)
        else:
            self._count_work(event)

    def log_line_lost(self) -> None:
        """Count a log line that could not be written."""
        self._add(names.LOG_LINES_LOST)

    def _count_create(self, event: CreateEvent) -> None:
        match event:
            case events.Admitted(team=team, operation=operation, model=model):
                self._add(names.CREATES, team, operation, model)
                self._add_credits(names.RESERVED, event.reserved, team, model)
            case events.Refused(team=who, operation=operation, model=asked):
                self._add(names.REFUSALS, who, operation, asked, event.code)
            case events.Reused(team=team, operation=operation, model=model):
                self._add(names.REUSES, team, operation, model, event.kind)
                self._add_credits(names.SAVED, event.saved, team, model)
            case events.Missed(team=team, operation=operation, model=model):
                self._add(names.REUSES, team, operation, model, "missed")
            case _:
                assert_never(event)

    def _count_generation(self, event: GenerationEvent) -> None:
        match event:
            case events.Forwarded():
                self._add(names.FORWARDS, event.operation, event.model, event.result)
                self._observe(names.QUEUE_WAIT, event.waited, event.model)
            case events.Settled():
                self._count_settled(event)
            case events.Unclear():
                self._add(names.UNCLEAR, event.team, event.model)
            case events.Stuck():
                self._add(names.STUCK, event.team, event.model)
            case events.PriceDiffered():
                self._add(names.PRICE_DIFFERENCES, event.operation, event.model)
                if event.ours:
                    self._set(names.PRICE_RATIO, event.theirs / event.ours, event.operation, event.model)
            case events.Cancelled():
                self._add(names.CANCELS, event.team, str(event.upstream).lower())
            case _:
                assert_never(event)

    def _count_settled(self, event: events.Settled) -> None:
        self._add(names.SETTLED, event.operation, event.model, event.status, event.basis)
        self._add_credits(names.SPENT, event.charged, event.team, event.model)
        if event.charged == ZERO:
            self._add_credits(names.REFUNDED, event.reserved, event.team, event.model)

    def _count_work(self, event: WorkEvent) -> None:
        match event:
            case events.UpstreamCalled():
                self._count_upstream(event)
            case events.Answered() | events.Polled():
                self._count_answered(event)
            case events.Rebuilt():
                self._add(names.REBUILDS)
                self._observe(names.REBUILD_SECONDS, event.seconds)
            case events.LedgerLost():
                self._add(names.LEDGER_LOST)
            case events.Abandoned():
                self._add(names.ABANDONED)
            case events.StoreAway():
                self._add(names.STORE_AWAY, event.store)
            case events.StepFailed():
                self._add(names.STEP_FAILURES, event.step)
            case events.AdminChanged():
                self._add(names.ADMIN_CHANGES, event.action)
            case events.Started():
                self._add(names.STARTS, event.what)
            case _:
                assert_never(event)

    def _count_answered(self, event: events.Answered | events.Polled) -> None:
        match event:
            case events.Answered(route=route, method=method, status=status):
                self._add(names.HTTP_REQUESTS, route, method, status)
                self._observe(names.HTTP_SECONDS, event.seconds, route, method)
            case events.Polled(route=route, seconds=seconds):
                self._add(names.HTTP_REQUESTS, route, "GET", HTTPStatus.OK.value, amount=len(seconds))
                self._observe_all(names.HTTP_SECONDS, seconds, route, "GET")
            case _:
                assert_never(event)

    def _count_upstream(self, event: events.UpstreamCalled) -> None:
        self._add(names.UPSTREAM_REQUESTS, event.call, event.operation, event.status)
        self._observe(names.UPSTREAM_SECONDS, event.seconds, event.call, event.operation)
        if event.status is None or event.status == HTTPStatus.UNAUTHORIZED or event.status >= _SERVER_ERROR:
            self._add(names.UPSTREAM_ERRORS, event.call, event.operation, event.status)

    def _add(self, row: Metric, *values: object, amount: float = 1.0) -> None:
        self._child(self._counters[row], row, values).inc(amount)

    def _add_credits(self, row: Metric, credits: Credits, *values: object) -> None:
        self._add(row, *values, amount=shown(credits))

    def _observe(self, row: Metric, seconds: float, *values: object) -> None:
        self._child(self._histograms[row], row, values).observe(seconds)

    def _observe_all(self, row: Metric, seconds: Sequence[float], *values: object) -> None:
        """Observe many at once, for which the library has no call of its own."""
        histogram = self._child(self._histograms[row], row, values)
        histogram._sum.inc(sum(seconds))  # noqa: SLF001
        places = Counts(bisect_left(row.buckets, each) for each in seconds)
        for place, count in places.items():
            histogram._buckets[place].inc(count)  # noqa: SLF001

    def _set(self, row: Metric, value: float, *values: object) -> None:
        self._child(self._latest[row], row, values).set(value)

    def _child(self, metric: Any, row: Metric, values: tuple[object, ...]) -> Any:  # noqa: ANN401 - any kind
        """Find the one series of a metric that some values belong to."""
        if not values:
            return metric
        child = self._children.get((row, values))
        if child is None:
            if len(self._children) >= CHILDREN_MAX:
                self._children.clear()
            child = self._children[row, values] = metric.labels(*self._bounded(row, values))
        return child

    def _bounded(self, row: Metric, values: tuple[object, ...]) -> list[str]:
        return [self._labellers[label](value) for label, value in zip(row.labels, values, strict=True)]


_SERVER_ERROR = 500


def _rows(kind: Kind) -> list[Metric]:
    return [row for row in names.ALL if row.kind is kind]


def _counter(row: Metric, registry: CollectorRegistry) -> Counter:
    return Counter(row.name, row.meaning, row.labels, registry=registry)


def _histogram(row: Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(row.name, row.meaning, row.labels, buckets=row.buckets, registry=registry)


def _latest(row: Metric, registry: CollectorRegistry) -> Gauge:
    return Gauge(row.name, row.meaning, row.labels, multiprocess_mode="mostrecent", registry=registry)

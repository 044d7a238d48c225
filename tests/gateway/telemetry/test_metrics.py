from collections.abc import Callable
from typing import get_args

import pytest
from msgspec import structs
from prometheus_client import CollectorRegistry

from gateway.rules import events
from gateway.rules.credits import Credits
from gateway.rules.events import Event
from gateway.rules.ids import TeamId
from gateway.telemetry import names
from gateway.telemetry.exposition import expose
from gateway.telemetry.metrics import Metrics, labellers
from gateway.telemetry.names import Kind
from tests.gateway.telemetry.examples import (
    ADMITTED,
    ANSWERED,
    CALLED,
    DIFFERED,
    KINDS,
    MODEL,
    ONE_OF_EACH,
    OPERATION,
    POLLED,
    REFUSED,
    REUSED,
    SETTLED,
)

CREATE = {"team": "ads", "operation": OPERATION, "model": MODEL}
MONEY = {"team": "ads", "model": MODEL}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics(registry, labellers({MODEL}, {OPERATION, "tasks_retrieve"}, team_label_max=2))


Value = Callable[..., float | None]


@pytest.fixture
def value(registry: CollectorRegistry) -> Value:
    """Read one series by its name without the product's prefix."""

    def read(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"runway_gateway_{name}", labels)

    return read


def test_the_examples_are_one_of_every_kind_of_event() -> None:
    assert {type(event) for event in ONE_OF_EACH} == KINDS


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_every_event_moves_a_metric(metrics: Metrics, registry: CollectorRegistry, event: Event) -> None:
    before = expose(registry)

    metrics.count(event)

    assert expose(registry) != before


def test_every_metric_that_events_feed_has_an_event(metrics: Metrics, registry: CollectorRegistry) -> None:
    fed = {row.name for row in names.ALL if row.kind is not Kind.GAUGE}

    for event in ONE_OF_EACH:
        metrics.count(event)
    metrics.count(structs.replace(CALLED, status=None))
    metrics.count(structs.replace(SETTLED, charged=Credits(0)))

    told = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in registry.collect()
        if family.samples
    }
    assert told == fed


def test_an_admitted_create_counts_with_what_it_holds(metrics: Metrics, value: Value) -> None:
    metrics.count(ADMITTED)

    assert value("creates_total", **CREATE) == 1
    assert value("credits_reserved_total", **MONEY) == 25


def test_a_refusal_counts_by_its_reason(metrics: Metrics, value: Value) -> None:
    metrics.count(REFUSED)

    assert value("refusals_total", **CREATE, reason="budget_exceeded") == 1


def test_a_strangers_refusal_has_no_team(metrics: Metrics, value: Value) -> None:
    metrics.count(events.Refused(team=None, operation=OPERATION, model=None, code="unauthenticated"))

    stranger = {"team": "", "model": "", "operation": OPERATION}
    assert value("refusals_total", **stranger, reason="unauthenticated") == 1


def test_reuse_counts_what_it_saved(metrics: Metrics, value: Value) -> None:
    metrics.count(REUSED)

    assert value("reuses_total", **CREATE, result="hit") == 1
    assert value("credits_saved_total", **MONEY) == 25


def test_a_charge_counts_as_spent_in_credits(metrics: Metrics, value: Value) -> None:
    metrics.count(SETTLED)

    assert value("credits_spent_total", **MONEY) == 12.5
    assert value("credits_refunded_total", **MONEY) is None
    ended = {"operation": OPERATION, "model": MODEL, "state": "SUCCEEDED", "basis": "observed"}
    assert value("generations_settled_total", **ended) == 1


def test_what_was_held_and_not_charged_at_all_counts_as_refunded(metrics: Metrics, value: Value) -> None:
    metrics.count(structs.replace(SETTLED, charged=Credits(0), status="FAILED"))

    assert value("credits_spent_total", **MONEY) == 0
    assert value("credits_refunded_total", **MONEY) == 25


def test_a_price_difference_shows_its_last_ratio(metrics: Metrics, value: Value) -> None:
    metrics.count(structs.replace(DIFFERED, theirs=Credits(10_000)))
    metrics.count(DIFFERED)

    assert value("price_differences_total", operation=OPERATION, model=MODEL) == 2
    assert value("price_ratio", operation=OPERATION, model=MODEL) == 1.25


def test_a_price_that_was_nothing_has_no_ratio(metrics: Metrics, value: Value) -> None:
    metrics.count(structs.replace(DIFFERED, ours=Credits(0)))

    assert value("price_differences_total", operation=OPERATION, model=MODEL) == 1
    assert value("price_ratio", operation=OPERATION, model=MODEL) is None


@pytest.mark.parametrize(("status", "label"), [(None, "none"), (401, "401"), (500, "500"), (503, "503")])
def test_an_upstream_error_counts_as_one(
    metrics: Metrics, value: Value, status: int | None, label: str
) -> None:
    metrics.count(structs.replace(CALLED, status=status))

    call = {"call": "read", "operation": "tasks_retrieve", "status": label}
    assert value("upstream_errors_total", **call) == 1
    assert value("upstream_requests_total", **call) == 1


@pytest.mark.parametrize("status", [200, 204, 400, 404, 429])
def test_an_upstream_answer_is_no_error(metrics: Metrics, value: Value, status: int) -> None:
    metrics.count(structs.replace(CALLED, status=status))

    call = {"call": "read", "operation": "tasks_retrieve", "status": str(status)}
    assert value("upstream_errors_total", **call) is None


def test_teams_beyond_the_limit_share_a_series(metrics: Metrics, registry: CollectorRegistry) -> None:
    for number in range(1000):
        metrics.count(structs.replace(ADMITTED, team=TeamId(f"team-{number}")))

    assert series(registry, "runway_gateway_creates_total") == 3


@pytest.mark.parametrize("field", ["operation", "model", "code"])
def test_what_a_caller_invents_makes_few_series(
    metrics: Metrics, registry: CollectorRegistry, field: str
) -> None:
    for number in range(1000):
        metrics.count(structs.replace(REFUSED, **{field: f"canary-{number}"}))

    assert series(registry, "runway_gateway_refusals_total") <= 201


def test_methods_and_statuses_that_do_not_exist_make_few_series(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    for number in range(1000, 2000):
        metrics.count(structs.replace(ANSWERED, method=f"M{number}", status=number))

    assert series(registry, "runway_gateway_http_requests_total") == 1


def test_polls_told_together_count_like_as_many_told_alone() -> None:
    together, alone = CollectorRegistry(), CollectorRegistry()
    one_by_one = Metrics(alone, labellers([MODEL], [OPERATION]))

    Metrics(together, labellers([MODEL], [OPERATION])).count(POLLED)
    for seconds in POLLED.seconds:
        one_by_one.count(structs.replace(ANSWERED, seconds=seconds))

    assert expose(together) == expose(alone)


def series(registry: CollectorRegistry, name: str) -> int:
    return sum(sample.name == name for family in registry.collect() for sample in family.samples)


def test_every_kind_of_event_belongs_to_one_subject() -> None:
    subjects = (events.CreateEvent, events.GenerationEvent, events.WorkEvent)

    assert sum(len(get_args(subject)) for subject in subjects) == len(KINDS)

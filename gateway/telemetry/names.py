"""Every metric there is: its name, labels and meaning, as rows of one table."""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a metric is to Prometheus, and how the gateway feeds it."""

    COUNTER = "counter"
    """Counted from events, in every process."""
    HISTOGRAM = "histogram"
    """Measured from events, in every process."""
    LATEST = "latest"
    """A gauge: the last value that any process saw in an event."""
    GAUGE = "gauge"
    """Read from the stores, by the one process that serves /metrics."""


class Metric(Struct, frozen=True, kw_only=True, cache_hash=True):
    """One row of the table. Credits are whole credits, times are seconds."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


ANSWER_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
"""From an answer out of memory to a create that waits for Runway."""
WAIT_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""From a free slot to a queue that is hours long."""

CREATES = Metric(
    name="runway_gateway_creates_total",
    kind=Kind.COUNTER,
    labels=("team", "operation", "model"),
    meaning="Creates that were granted their budget and recorded.",
)
REFUSALS = Metric(
    name="runway_gateway_refusals_total",
    kind=Kind.COUNTER,
    labels=("team", "operation", "model", "reason"),
    meaning="Creates that were refused, by the refusal's code; an empty team is an unknown caller.",
)
REUSES = Metric(
    name="runway_gateway_reuses_total",
    kind=Kind.COUNTER,
    labels=("team", "operation", "model", "result"),
    meaning="Reusable creates: hit (finished), joined (under way), retried (an SDK's own repeat) or missed.",
)
RESERVED = Metric(
    name="runway_gateway_credits_reserved_total",
    kind=Kind.COUNTER,
    labels=("team", "model"),
    meaning="Credits that were held when creates were granted.",
)
SPENT = Metric(
    name="runway_gateway_credits_spent_total",
    kind=Kind.COUNTER,
    labels=("team", "model"),
    meaning="Credits that were charged.",
)
REFUNDED = Metric(
    name="runway_gateway_credits_refunded_total",
    kind=Kind.COUNTER,
    labels=("team", "model"),
    meaning="Credits that were held and given back because nothing was charged.",
)
SAVED = Metric(
    name="runway_gateway_credits_saved_total",
    kind=Kind.COUNTER,
    labels=("team", "model"),
    meaning="Credits that reuse did not spend a second time, when shared; also of what fails later.",
)
FORWARDS = Metric(
    name="runway_gateway_forwards_total",
    kind=Kind.COUNTER,
    labels=("operation", "model", "result"),
    meaning="Creates that were sent to Runway: started, refused, away or unclear.",
)
QUEUE_WAIT = Metric(
    name="runway_gateway_queue_wait_seconds",
    kind=Kind.HISTOGRAM,
    labels=("model",),
    buckets=WAIT_SECONDS,
    meaning="Time from a create until it was sent to Runway and answered.",
)
SETTLED = Metric(
    name="runway_gateway_generations_settled_total",
    kind=Kind.COUNTER,
    labels=("operation", "model", "state", "basis"),
    meaning="Generations by final state, and by how it is known what they cost.",
)
UNCLEAR = Metric(
    name="runway_gateway_unclear_total",
    kind=Kind.COUNTER,
    labels=("team", "model"),
    meaning="Generations of which nobody knows whether they were charged; their credits stay held.",
)
STUCK = Metric(
    name="runway_gateway_stuck_total",
    kind=Kind.COUNTER,
    labels=("team", "model"),
    meaning="Generations that made no progress for too long; their credits stay held.",
)
PRICE_DIFFERENCES = Metric(
    name="runway_gateway_price_differences_total",
    kind=Kind.COUNTER,
    labels=("operation", "model"),
    meaning="Estimates of Runway that were not the price book's.",
)
PRICE_RATIO = Metric(
    name="runway_gateway_price_ratio",
    kind=Kind.LATEST,
    labels=("operation", "model"),
    meaning="Runway's last differing estimate divided by the price book's; above 1 the book is too low.",
)
CANCELS = Metric(
    name="runway_gateway_cancels_total",
    kind=Kind.COUNTER,
    labels=("team", "upstream"),
    meaning="Tasks that teams deleted, and whether Runway was asked to cancel.",
)
UPSTREAM_REQUESTS = Metric(
    name="runway_gateway_upstream_requests_total",
    kind=Kind.COUNTER,
    labels=("call", "operation", "status"),
    meaning="Requests to Runway by status, `none` without an answer; call `read` counts polls.",
)
UPSTREAM_ERRORS = Metric(
    name="runway_gateway_upstream_errors_total",
    kind=Kind.COUNTER,
    labels=("call", "operation", "status"),
    meaning="Requests to Runway that ended without an answer, with a 5xx or with a 401.",
)
UPSTREAM_SECONDS = Metric(
    name="runway_gateway_upstream_request_seconds",
    kind=Kind.HISTOGRAM,
    labels=("call", "operation"),
    buckets=ANSWER_SECONDS,
    meaning="How long requests to Runway took.",
)
HTTP_REQUESTS = Metric(
    name="runway_gateway_http_requests_total",
    kind=Kind.COUNTER,
    labels=("route", "method", "status"),
    meaning="Answers to clients by route pattern and status.",
)
HTTP_SECONDS = Metric(
    name="runway_gateway_http_request_seconds",
    kind=Kind.HISTOGRAM,
    labels=("route", "method"),
    buckets=ANSWER_SECONDS,
    meaning="How long answers to clients took.",
)
REBUILDS = Metric(
    name="runway_gateway_ledger_rebuilds_total",
    kind=Kind.COUNTER,
    meaning="Rebuilds of the ledger from the records.",
)
REBUILD_SECONDS = Metric(
    name="runway_gateway_ledger_rebuild_seconds",
    kind=Kind.HISTOGRAM,
    buckets=WAIT_SECONDS,
    meaning="How long rebuilds took, in which nothing is admitted.",
)
LEDGER_LOST = Metric(
    name="runway_gateway_ledger_lost_total",
    kind=Kind.COUNTER,
    meaning="Times the ledger was found incomplete, replaced or older than the records.",
)
ABANDONED = Metric(
    name="runway_gateway_reservations_abandoned_total",
    kind=Kind.COUNTER,
    meaning="Reservations released because their create never reached the records.",
)
STORE_AWAY = Metric(
    name="runway_gateway_store_away_total",
    kind=Kind.COUNTER,
    labels=("store",),
    meaning="Times a store did not answer: ledger or records.",
)
STEP_FAILURES = Metric(
    name="runway_gateway_step_failures_total",
    kind=Kind.COUNTER,
    labels=("step",),
    meaning="Background steps that ended with a bug; each is tried again later.",
)
ADMIN_CHANGES = Metric(
    name="runway_gateway_admin_changes_total",
    kind=Kind.COUNTER,
    labels=("action",),
    meaning="Changes by administrators.",
)
STARTS = Metric(
    name="runway_gateway_starts_total",
    kind=Kind.COUNTER,
    labels=("what",),
    meaning="Starts and ends of processes.",
)
LOG_LINES_LOST = Metric(
    name="runway_gateway_log_lines_lost_total",
    kind=Kind.COUNTER,
    meaning="Log lines that could not be written.",
)
BUDGET_AMOUNT = Metric(
    name="runway_gateway_budget_amount",
    kind=Kind.GAUGE,
    labels=("owner", "measure", "per", "model", "timezone"),
    meaning="The most that a limit of the organisation or a team allows, in the unit of its measure.",
)
BUDGET_USED = Metric(
    name="runway_gateway_budget_used",
    kind=Kind.GAUGE,
    labels=BUDGET_AMOUNT.labels,
    meaning="What counts against a limit now, open reservations included.",
)
BUDGET_HELD = Metric(
    name="runway_gateway_budget_held",
    kind=Kind.GAUGE,
    labels=BUDGET_AMOUNT.labels,
    meaning="The part of a limit's use that open reservations hold.",
)
GENERATIONS = Metric(
    name="runway_gateway_generations",
    kind=Kind.GAUGE,
    labels=("stage", "model"),
    meaning="Generations that are not done: queue depth is stage `queued`; running and unclear likewise.",
)
HELD = Metric(
    name="runway_gateway_credits_held",
    kind=Kind.GAUGE,
    labels=("stage", "model"),
    meaning="Credits that generations hold that are not done.",
)
OLDEST_SECONDS = Metric(
    name="runway_gateway_oldest_generation_seconds",
    kind=Kind.GAUGE,
    labels=("stage", "model"),
    meaning="Age of the oldest generation in a stage.",
)

ALL: tuple[Metric, ...] = tuple(row for row in list(vars().values()) if isinstance(row, Metric))

"""One event of every kind."""

from typing import get_args

from gateway.rules import events
from gateway.rules.credits import Credits
from gateway.rules.events import Event
from gateway.rules.generation import Basis
from gateway.rules.ids import GenerationId, TaskId, TeamId

ADS = TeamId("ads")
TASK = TaskId("a9f7c3e2-0000-4000-8000-000000000001")
GENERATION = GenerationId("a9f7c3e2-0000-4000-8000-000000000002")
OPERATION = "image_to_video"
MODEL = "gen4_turbo"

ADMITTED = events.Admitted(
    team=ADS,
    operation=OPERATION,
    model=MODEL,
    task=TASK,
    generation=GENERATION,
    reserved=Credits(25_000),
    queued=False,
    request_id="req-1",
)
REFUSED = events.Refused(
    team=ADS, operation=OPERATION, model=MODEL, code="budget_exceeded", limit="team/ads credits"
)
REUSED = events.Reused(
    team=ADS,
    operation=OPERATION,
    model=MODEL,
    task=TASK,
    kind=events.ReuseKind.HIT,
    saved=Credits(25_000),
)
SETTLED = events.Settled(
    generation=GENERATION,
    team=ADS,
    operation=OPERATION,
    model=MODEL,
    reserved=Credits(25_000),
    charged=Credits(12_500),
    basis=Basis.OBSERVED,
    status="SUCCEEDED",
    failure_code=None,
)
DIFFERED = events.PriceDiffered(
    operation=OPERATION, model=MODEL, ours=Credits(20_000), theirs=Credits(25_000)
)
CALLED = events.UpstreamCalled(call="read", operation="tasks_retrieve", status=200, seconds=0.2)
POLLED = events.Polled(route="/v1/tasks/{id}", seconds=(0.001, 0.002, 0.003, 70.0))
ANSWERED = events.Answered(route="/v1/tasks/{id}", method="GET", status=200, seconds=0.004, team=ADS)

ONE_OF_EACH: tuple[Event, ...] = (
    ADMITTED,
    REFUSED,
    REUSED,
    events.Missed(team=ADS, operation=OPERATION, model=MODEL),
    events.Forwarded(
        generation=GENERATION, operation=OPERATION, model=MODEL, result="started", status=200, waited=3.5
    ),
    SETTLED,
    events.Unclear(
        generation=GENERATION, team=ADS, model=MODEL, why="TimeoutError", reserved=Credits(25_000)
    ),
    events.Stuck(generation=GENERATION, team=ADS, model=MODEL, reserved=Credits(25_000)),
    DIFFERED,
    events.Cancelled(team=ADS, task=TASK, generation=GENERATION, upstream=True),
    CALLED,
    ANSWERED,
    POLLED,
    events.Rebuilt(epoch=4, generations=12, seconds=0.3),
    events.LedgerLost(why="restarted"),
    events.Abandoned(reservation="a9f7"),
    events.StoreAway(store="ledger"),
    events.StepFailed(step="settle", error="KeyError"),
    events.AdminChanged(actor="admin", action="add_team", subject="ads"),
    events.Started(what="web", detail="127.0.0.1:8080"),
)

KINDS = set(get_args(Event))

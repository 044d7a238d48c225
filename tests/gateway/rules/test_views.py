from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs

from gateway.rules import views
from gateway.rules.credits import Credits
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Generation, Outcome, Stage, Status
from gateway.rules.ids import GenerationId, KeyId, ReservationId, TeamId
from gateway.rules.views import Face

NOW = datetime(2026, 8, 26, 6, 30, 33, 796_123, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
MUCH_LATER = NOW + UNCLEAR_SHOWN_RUNNING
PAYER = Face("task-1", NOW, pays=True)
FOLLOWER = structs.replace(PAYER, pays=False)
QUEUED = Generation(
    id=GenerationId("1"),
    stage=Stage.QUEUED,
    operation="image_to_video",
    model="gen4_turbo",
    project="default",
    body=b"",
    headers={},
    team=TeamId("ads"),
    key=KeyId("1"),
    reservation=ReservationId("1"),
    reserved=Credits(25_000),
    priced_as="p",
    created_at=NOW,
    due_at=NOW,
)
SUCCEEDED = Outcome(succeeded=True, output=("https://cdn.test/1.mp4",))
FAILED = Outcome(succeeded=False, failure="No.", failure_code="SAFETY.INPUT.TEXT")


def _body(generation: Generation, *, face: Face = PAYER, now: datetime = LATER) -> dict[str, Any]:
    return msgspec.json.decode(views.body(face, generation, now), type=dict[str, Any])


def _at(stage: Stage, **changes: object) -> Generation:
    return structs.replace(QUEUED, stage=stage, **changes)


def _closed(outcome: Outcome, **changes: object) -> Generation:
    ended = {"outcome": outcome, "charged": Credits(20_000), "finished_at": LATER}
    return _at(Stage.CLOSING, **{**ended, **changes})


def test_a_waiting_task_shows_throttled() -> None:
    assert _body(QUEUED) == {
        "id": "task-1",
        "createdAt": "2026-08-26T06:30:33.796Z",
        "status": "THROTTLED",
        "estimatedCost": {"credits": 25},
    }


@pytest.mark.parametrize(
    ("generation", "status"),
    [
        (_at(Stage.FORWARDING), "PENDING"),
        (_at(Stage.RUNNING), "PENDING"),
        (_at(Stage.RUNNING, upstream_status=Status.THROTTLED), "THROTTLED"),
        (_at(Stage.RUNNING, upstream_status=Status.RUNNING), "RUNNING"),
        (_at(Stage.RUNNING, upstream_status=Status.SUCCEEDED), "RUNNING"),
        (_at(Stage.UNCLEAR, unclear_at=NOW), "RUNNING"),
        (_at(Stage.UNCLEAR), "RUNNING"),
        (_closed(SUCCEEDED), "SUCCEEDED"),
        (_closed(FAILED), "FAILED"),
        (structs.replace(_closed(SUCCEEDED), stage=Stage.DONE), "SUCCEEDED"),
    ],
)
def test_every_stage_shows_one_of_runways_words(generation: Generation, status: str) -> None:
    assert _body(generation)["status"] == status


@pytest.mark.parametrize(("progress", "shown"), [(None, 0), (0.02, 0.02), (1.0, 1.0)])
def test_a_running_task_shows_its_progress(progress: float | None, shown: float) -> None:
    running = _at(Stage.RUNNING, upstream_status=Status.RUNNING, progress=progress)

    assert _body(running) == {
        "id": "task-1",
        "createdAt": "2026-08-26T06:30:33.796Z",
        "status": "RUNNING",
        "progress": shown,
        "estimatedCost": {"credits": 25},
    }


def test_a_finished_task_shows_output_and_cost() -> None:
    assert _body(_closed(SUCCEEDED)) == {
        "id": "task-1",
        "createdAt": "2026-08-26T06:30:33.796Z",
        "status": "SUCCEEDED",
        "output": ["https://cdn.test/1.mp4"],
        "cost": {"credits": 20},
    }


def test_a_failed_task_shows_why() -> None:
    assert _body(_closed(FAILED)) == {
        "id": "task-1",
        "createdAt": "2026-08-26T06:30:33.796Z",
        "status": "FAILED",
        "failure": "No.",
        "failureCode": "SAFETY.INPUT.TEXT",
        "cost": {"credits": 20},
    }


def test_a_failure_without_a_code_shows_none() -> None:
    shown = _body(_closed(Outcome(succeeded=False)))

    assert shown["failure"] == ""
    assert "failureCode" not in shown


@pytest.mark.parametrize(
    ("generation", "cost"),
    [(QUEUED, "estimatedCost"), (_closed(SUCCEEDED), "cost"), (_closed(FAILED), "cost")],
)
def test_a_task_that_does_not_pay_costs_nothing(generation: Generation, cost: str) -> None:
    assert _body(generation, face=FOLLOWER)[cost] == {"credits": 0}


@pytest.mark.parametrize(("credits", "shown"), [(0, 0), (25_000, 25), (12_500, 12.5), (1, 0.001)])
def test_credits_are_shown_as_runway_counts_them(credits: int, shown: float) -> None:
    assert _body(_at(Stage.QUEUED, reserved=Credits(credits)))["estimatedCost"] == {"credits": shown}


# --- unclear ---


def test_an_unclear_task_keeps_its_progress_until_it_is_given_up() -> None:
    unclear = _at(Stage.UNCLEAR, progress=0.9, unclear_at=NOW)

    before = _body(unclear, now=MUCH_LATER - timedelta(microseconds=1))
    after = _body(unclear, now=MUCH_LATER)

    assert (before["status"], before["progress"]) == ("RUNNING", 0.9)
    assert (after["status"], after["failureCode"], after["cost"]) == ("FAILED", "INTERNAL", {"credits": 25})


@pytest.mark.parametrize(
    "evidence",
    [
        _at(Stage.RUNNING, upstream_status=Status.RUNNING, unclear_at=NOW),
        _closed(SUCCEEDED, unclear_at=NOW, finished_at=MUCH_LATER),
    ],
)
def test_what_was_given_up_stays_failed_whatever_comes_to_light(evidence: Generation) -> None:
    assert _body(evidence, now=MUCH_LATER + timedelta(days=1))["status"] == "FAILED"


def test_what_was_resolved_in_time_stays_as_it_was_resolved() -> None:
    resolved = _closed(SUCCEEDED, unclear_at=NOW, finished_at=LATER)

    assert _body(resolved, now=MUCH_LATER + timedelta(days=1))["status"] == "SUCCEEDED"


# --- signed URLs ---


def _signed(expiry: object, *, before: str = "", after: str = "") -> str:
    payload = urlsafe_b64encode(msgspec.json.encode({"exp": expiry})).decode().rstrip("=")
    return f"https://cdn.test/1.mp4?{before}_jwt=header.{payload}.signature{after}"


def test_the_first_url_to_expire_counts() -> None:
    output = (_signed(1_790_000_100), _signed(1_790_000_000, before="x=1&", after="&y=2"), "https://cdn.test")

    assert views.expires_at(output) == datetime.fromtimestamp(1_790_000_000, UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.test/1.mp4",
        "https://cdn.test/1.mp4?_jwt=",
        "https://cdn.test/1.mp4?_jwt=a.b",
        "https://cdn.test/1.mp4?_jwt=a.!!!.c",
        "https://cdn.test/1.mp4?_jwt=a.bm90IGpzb24.c",
        "https://cdn.test/1.mp4?_jwt=a.W10.c",
        "https://cdn.test/1.mp4?_jwt=é.é.é",
        _signed("soon"),
        _signed(None),
        _signed(10**30),
    ],
)
def test_a_url_that_tells_no_expiry_has_none(url: str) -> None:
    assert views.expires_at((url,)) is None

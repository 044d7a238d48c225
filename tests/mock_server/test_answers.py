"""Every answer is held against Runway's document; one that is not in it does not leave."""

import json

import pytest

from mock_server import spec
from mock_server.credits import credits_of
from mock_server.settings import PROFILES
from mock_server.validation import Validation
from tests.mock_server.driver import CLIP, KEY, Driver

RUNWAY = spec.load()
OPERATIONS = {operation.id: operation for operation in RUNWAY.operations}
TASK = {
    "id": "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
    "createdAt": "2026-11-01T00:00:00.000Z",
    "status": "CANCELLED",
    "cost": {"credits": 25},
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"cost": {"credits": 2.5}}, "TaskCancelled fails at cost.credits (type)"),
        ({"status": "STUCK"}, "Task fails at its top (oneOf)"),
        ({"createdAt": None}, "TaskCancelled fails at createdAt (type)"),
    ],
)
def test_a_problem_names_the_schema_and_the_place(change: dict[str, object], problem: str | None) -> None:
    answer = json.dumps(TASK | change).encode()

    assert Validation(RUNWAY).answer_problem(OPERATIONS["tasks_retrieve"], 200, answer) == problem


def test_a_status_that_the_operation_does_not_have_is_a_problem() -> None:
    problem = Validation(RUNWAY).answer_problem(OPERATIONS["image_to_video"], 404, b'{"error": "gone"}')

    assert problem == "image_to_video has no answer 404"


def test_an_answer_that_is_not_in_the_document_becomes_a_500_that_says_so(mock: Driver) -> None:
    """No request and no fault leads there, so the test reaches for the task itself."""
    task = mock.create()
    mock.advance(20)
    mock.app.world.tenants[KEY].tasks[task].cost = credits_of(2.5)

    answer = mock.ask("GET", f"/v1/tasks/{task}")

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (500, "limitation")
    assert "TaskSucceeded fails at cost.credits" in answer.json()["error"]


def test_refusals_are_in_the_document_as_well(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"duration": 99})

    assert Validation(RUNWAY).answer_problem(OPERATIONS["image_to_video"], 400, answer.content) is None


@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_in_the_profile_of_the_sdks_tests_the_pinned_id_stays_whatever_is_deleted(verb: str) -> None:
    profile = PROFILES["sdk-suite"]
    kinds = (
        "tasks",
        "avatars",
        "avatar_conversations",
        "documents",
        "routers",
        "realtime_sessions",
        "voices",
    )
    with Driver(profile) as mock:
        paths = [f"/v1/{kind}/{profile.pinned_id}" for kind in kinds]

        statuses = [mock.ask(verb, path).status_code for path in paths]

        assert set(statuses) == {200 if verb == "GET" else 204}
        assert {mock.ask("GET", path).status_code for path in paths} == {200}
        assert mock.audit()["balanced"]


def test_without_that_profile_no_id_is_there_from_the_start(mock: Driver) -> None:
    pinned = PROFILES["sdk-suite"].pinned_id

    assert mock.ask("GET", f"/v1/tasks/{pinned}").status_code == 404

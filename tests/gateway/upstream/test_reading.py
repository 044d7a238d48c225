import json

import pytest

from gateway.rules.generation import Status
from gateway.rules.settlement import Observation
from gateway.upstream.reading import concurrency, estimate, is_error, observation, upstream_id


def read(**task: object) -> Observation | None:
    return observation(json.dumps(task).encode())


def test_a_finished_task_tells_its_outputs_and_its_cost() -> None:
    seen = read(
        status="SUCCEEDED", output=["https://a.example/1", "https://a.example/2"], cost={"credits": 25}
    )

    assert seen is not None
    assert seen.output == ("https://a.example/1", "https://a.example/2")
    assert seen.cost == 25_000


def test_a_failed_task_tells_why() -> None:
    seen = read(status="FAILED", failure="No.", failureCode="SAFETY.INPUT.TEXT", cost={"credits": 0})

    assert seen is not None
    assert (seen.failure, seen.failure_code, seen.cost) == ("No.", "SAFETY.INPUT.TEXT", 0)


@pytest.mark.parametrize(("credits", "thousandths"), [(25, 25_000), (0.5, 500), (12.3456, 12_346), (0, 0)])
def test_a_cost_is_read_to_thousandths_rounded_up(credits: float, thousandths: int) -> None:
    seen = read(status="SUCCEEDED", cost={"credits": credits})

    assert seen is not None
    assert seen.cost == thousandths


@pytest.mark.parametrize("cost", [None, 25, "25", {}, {"credits": "25"}, {"credits": -1}, {"credits": True}])
def test_a_cost_that_is_none_is_absent(cost: object) -> None:
    assert read(status="SUCCEEDED", cost=cost) == Observation(Status.SUCCEEDED)


@pytest.mark.parametrize("progress", [0, 0.02, 1, 1.0])
def test_progress_is_a_fraction(progress: float) -> None:
    assert read(status="RUNNING", progress=progress) == Observation(Status.RUNNING, progress=progress)


@pytest.mark.parametrize("progress", [-0.1, 43, "0.5", True, [0.5]])
def test_progress_that_is_no_fraction_is_absent(progress: object) -> None:
    assert read(status="RUNNING", progress=progress) == Observation(Status.RUNNING)


@pytest.mark.parametrize("output", [None, "https://a.example", {"node": ["https://a.example"]}, [1, {}]])
def test_output_that_is_no_list_of_texts_is_absent(output: object) -> None:
    assert read(status="SUCCEEDED", output=output) == Observation(Status.SUCCEEDED)


@pytest.mark.parametrize("status", ["CANCELED", "running", "", None, 3, ["RUNNING"]])
def test_an_unknown_status_says_nothing(status: object) -> None:
    assert read(status=status) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"\xff", b'{"status":"RUNNING"', b"[" * 100_000, b'{"id":"a","error":"\xe9"}'],
)
def test_a_body_that_is_no_object_says_nothing(body: bytes) -> None:
    assert observation(body) is None
    assert upstream_id(body) is None
    assert estimate(body) is None
    assert concurrency(body) is None
    assert not is_error(body)


def test_a_create_that_costs_nothing_is_estimated_at_nothing() -> None:
    assert estimate(b'{"estimatedCost":{"credits":0}}') == 0

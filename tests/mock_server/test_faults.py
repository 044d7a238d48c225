from typing import Any

import httpx
import pytest

from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import CLIP, FROZEN, Driver


def test_a_refused_create_leaves_nothing_behind(mock: Driver) -> None:
    mock.arm(fault="refuse", status=503, retryAfter=2, times=1)

    refused = mock.post("/v1/image_to_video", CLIP)
    accepted = mock.post("/v1/image_to_video", CLIP)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert refused.headers["x-mock-reason"] == "fault"
    assert accepted.status_code == 200
    assert mock.audit()["creates"] == 1


def test_a_lost_answer_was_charged(mock: Driver) -> None:
    mock.arm(fault="lose-answer", status=502, times=1)

    answer = mock.post("/v1/image_to_video", CLIP)

    assert answer.status_code == 502
    assert (mock.audit()["creates"], mock.audit()["charged"]) == (1, 25)


def test_a_lost_answer_can_close_the_connection(mock: Driver) -> None:
    mock.arm(fault="lose-answer", times=1)

    with pytest.raises(ConnectionResetError):
        mock.post("/v1/image_to_video", CLIP)

    assert mock.audit()["creates"] == 1


def test_losing_answers_spares_the_refusals(mock: Driver) -> None:
    mock.ask("PUT", "/_mock/tenants/key_of_the_test", json={"balance": 0})
    mock.arm(fault="lose-answer")

    answer = mock.post("/v1/image_to_video", CLIP)

    assert answer.status_code == 400


def test_losing_answers_concerns_creates_only(mock: Driver) -> None:
    mock.arm(fault="lose-answer")

    answer = mock.ask("GET", "/v1/organization")

    assert answer.status_code == 200


def test_a_slow_answer_comes_after_the_task_was_created(mock: Driver) -> None:
    mock.arm(fault="slow", seconds=7)

    answer = mock.post("/v1/image_to_video", CLIP)

    assert (answer.status_code, mock.wall.slept) == (200, [7])


def test_a_stuck_task_never_goes_on(mock: Driver) -> None:
    mock.arm(fault="stuck", progress=0.4, times=1)
    task, waiting = mock.create(), mock.create()

    mock.advance(365 * 86_400)

    assert mock.task(task).items() >= {"status": "RUNNING", "progress": 0.4}.items()
    assert mock.task(waiting)["status"] == "THROTTLED"


def test_a_failure_comes_when_the_task_has_come_so_far(mock: Driver) -> None:
    mock.arm(fault="fail", code="THIRD_PARTY.UNAVAILABLE", progress=0.5)
    task = mock.create()

    mock.advance(1 + 5.999)
    before = mock.task(task)
    mock.advance(0.001)

    assert before.items() >= {"status": "RUNNING", "progress": 0.49}.items()
    assert mock.task(task)["failureCode"] == "THIRD_PARTY.UNAVAILABLE"


def test_a_fault_can_be_limited_to_a_model_an_operation_and_a_tenant(mock: Driver) -> None:
    mock.arm(fault="refuse", model="gen4.5")
    mock.arm(fault="refuse", operation="tasks_delete")
    mock.arm(fault="refuse", tenant="key_b")

    task = mock.create()

    assert mock.post("/v1/image_to_video", CLIP | {"model": "gen4.5"}).status_code == 503
    assert mock.ask("DELETE", f"/v1/tasks/{task}").status_code == 503
    assert mock.post("/v1/image_to_video", CLIP, key="key_b").status_code == 503


def test_a_fault_fires_every_second_time_until_it_is_spent(mock: Driver) -> None:
    mock.arm(fault="refuse", operation="image_to_video", every=2, times=2)

    statuses = [mock.post("/v1/image_to_video", CLIP).status_code for _ in range(6)]

    assert statuses == [200, 503, 200, 503, 200, 200]
    assert mock.get("/_mock/faults") == {"data": []}


def test_chances_are_the_same_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        with Driver(FROZEN) as mock:
            mock.arm(fault="refuse", probability=0.5)
            runs.append([mock.post("/v1/image_to_video", CLIP).status_code for _ in range(20)])

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


def test_a_fault_can_be_taken_back(mock: Driver) -> None:
    fault = mock.arm(fault="refuse")

    first = mock.ask("DELETE", f"/_mock/faults/{fault}")
    second = mock.ask("DELETE", f"/_mock/faults/{fault}")

    assert (first.status_code, second.status_code) == (204, 404)
    assert mock.post("/v1/image_to_video", CLIP).status_code == 200


def test_armed_faults_show_how_often_they_fired(mock: Driver) -> None:
    fault = mock.arm(fault="refuse", every=2)
    for _ in range(3):
        mock.post("/v1/image_to_video", CLIP)

    [shown] = mock.get("/_mock/faults")["data"]

    assert shown.items() >= {"id": fault, "fault": "refuse", "chances": 3, "fired": 1, "status": 503}.items()


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "unheard-of"},
        {"fault": "refuse", "status": 200},
        {"fault": "refuse", "statsu": 500},
        {"fault": "stuck", "progress": 1},
        {"fault": "fail", "code": "not a code"},
        {"fault": "slow", "seconds": 10_000},
        {"fault": "refuse", "probability": 2},
        {"fault": "refuse", "closesAfter": 1e300},
        {"fault": "refuse", "retryAfter": 1e300},
        {},
    ],
)
def test_a_wrong_fault_is_refused(mock: Driver, fault: dict[str, Any]) -> None:
    assert mock.post("/_mock/faults", fault).status_code == 400


def test_a_fault_for_an_unknown_operation_is_refused_with_the_nearest_known_one(mock: Driver) -> None:
    answer = mock.post("/_mock/faults", {"fault": "refuse", "operation": "image_to_vido"})

    assert (answer.status_code, answer.json()["error"][-14:]) == (400, "image_to_video")


def test_a_misspelt_fault_is_refused_with_the_nearest_known_one(mock: Driver) -> None:
    answer = mock.post("/_mock/faults", {"fault": "lose-anser"})

    assert (answer.status_code, answer.json()["error"][-11:]) == (400, "lose-answer")


def test_more_faults_than_the_bound_are_refused() -> None:
    with Driver(Settings(bounds=Bounds(faults=1))) as mock:
        mock.arm(fault="refuse")

        assert mock.post("/_mock/faults", {"fault": "refuse"}).status_code == 409


def test_a_token_goes_before_a_header_and_a_header_before_what_is_armed(mock: Driver) -> None:
    mock.arm(fault="fail", code="INTERNAL")

    by_header = _create(mock, headers={"x-mock-fault": "fail:ASSET.INVALID"})
    by_both = _create(
        mock, prompt="[[fail:SAFETY.INPUT.TEXT]]", headers={"x-mock-fault": "fail:ASSET.INVALID"}
    )
    mock.advance(100)

    codes = [mock.task(answer.json()["id"])["failureCode"] for answer in (by_header, by_both)]
    assert codes == ["ASSET.INVALID", "SAFETY.INPUT.TEXT"]


def test_tokens_can_be_combined(mock: Driver) -> None:
    task = mock.create(promptText="[[lasts:100]] and then [[fail:INTERNAL]]")

    mock.advance(1 + 59)
    before = mock.task(task)["status"]
    mock.advance(1)

    assert (before, mock.task(task)["status"]) == ("RUNNING", "FAILED")


def test_brackets_that_are_no_token_are_ordinary_text(mock: Driver) -> None:
    task = mock.create(promptText="a [[sign]] that says [[exit: left]]")

    mock.advance(13)

    assert mock.task(task)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "token",
    ["[[fail:not-a-code]]", "[[stuck:1]]", "[[refuse:ok]]", "[[cost]]", "[[cost:2.5]]", "[[estimate]]"],
)
def test_a_token_with_a_wrong_argument_says_so(mock: Driver, token: str) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": token})

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (400, "limitation")


def test_an_unknown_fault_in_the_header_says_so(mock: Driver) -> None:
    answer = _create(mock, headers={"x-mock-fault": "explode"})

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (400, "limitation")


def _create(mock: Driver, *, prompt: str = "a lighthouse", headers: dict[str, str]) -> httpx.Response:
    return mock.ask("POST", "/v1/image_to_video", json=CLIP | {"promptText": prompt}, headers=headers)

"""Every kind of fault, in process: what it does to the task, the books and the answer."""

from typing import Any

import msgspec
import pytest

from mock_server.faults import ALL, tokens
from mock_server.settings import Settings
from tests.mock_server.driver import CLIP, CLIP_CREDITS, FROZEN, Driver

RUNS = 12  # seconds of a clip, after one of waiting


@pytest.mark.parametrize("name", list(ALL))
def test_the_example_of_a_fault_is_a_token_a_header_and_an_order(mock: Driver, name: str) -> None:
    [by_header] = tokens.in_header(ALL[name].example)

    [by_token] = tokens.in_body(f'"[[{ALL[name].example}]]"'.encode())
    armed = mock.arm(**msgspec.to_builtins(by_token))

    assert by_header == by_token
    assert type(by_token) is ALL[name]
    assert mock.get("/_mock/faults")["data"][0]["id"] == armed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504])
def test_a_request_can_be_refused_with_any_status(mock: Driver, status: int) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": f"[[refuse:{status}]]"})

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (status, "fault")
    assert ("issues" in answer.json()) is (status == 400)
    assert "retry-after" not in answer.headers
    assert mock.audit()["creates"] == 0


def test_a_refusal_can_say_when_to_come_back(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": "[[refuse:429;retryAfter=2.5]]"})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2.5")


def test_the_issues_of_a_refusal_can_be_chosen(mock: Driver) -> None:
    issue = {"code": "custom", "path": ["promptImage"], "message": "Invalid asset"}
    mock.arm(fault="refuse", status=400, issues=[issue])

    assert mock.post("/v1/image_to_video", CLIP).json()["issues"] == [issue]


@pytest.mark.parametrize("token", ["reset:before", "lose-answer;stage=before"])
def test_a_request_that_is_lost_before_it_arrives_changes_nothing(mock: Driver, token: str) -> None:
    _lose(mock, token)

    assert mock.audit()["creates"] == 0


@pytest.mark.parametrize("token", ["reset", "reset:after", "cut", "lose-answer"])
def test_a_request_whose_answer_is_lost_was_carried_out(mock: Driver, token: str) -> None:
    _lose(mock, token)

    assert (mock.audit()["creates"], mock.audit()["charged"]) == (1, CLIP_CREDITS)


@pytest.mark.parametrize("token", ["reset:during", "lose-answer;stage=during;settles=5"])
def test_a_request_that_is_lost_halfway_counts_a_while_later(mock: Driver, token: str) -> None:
    _lose(mock, token)

    mock.advance(4.999)
    before = mock.audit()
    mock.advance(0.001)

    assert (before["creates"], before["net"]) == (0, 0)
    assert (mock.audit()["creates"], mock.audit()["net"]) == (1, CLIP_CREDITS)


def test_a_task_that_counts_later_is_unknown_until_then_and_runs_afterwards(mock: Driver) -> None:
    mock.post("/v1/image_to_video", CLIP | {"promptText": "[[lose-answer:504;stage=during]]"})
    [record] = mock.get("/_mock/requests")["data"]

    before = mock.ask("GET", f"/v1/tasks/{record['task']}")
    mock.advance(5 + 1 + RUNS)

    assert before.status_code == 404
    assert mock.task(record["task"])["status"] == "SUCCEEDED"


def test_a_malformed_answer_is_no_json_although_its_status_is_good(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": "[[malformed]]"})

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_slow_body_takes_as_long_as_was_said(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": "[[slow-body:5]]"})

    assert answer.json()["estimatedCost"] == {"credits": CLIP_CREDITS}
    assert sum(mock.wall.slept) == pytest.approx(5, abs=0.5)


def test_a_task_can_stay_throttled_for_a_while(mock: Driver) -> None:
    task = mock.create(promptText="[[throttle:60]]")

    mock.advance(59.9)
    before = mock.task(task)["status"]
    mock.advance(0.1)

    assert (before, mock.task(task)["status"]) == ("THROTTLED", "PENDING")


def test_a_task_can_stay_throttled_for_ever_and_takes_no_place(mock: Driver) -> None:
    stuck, other = mock.create(promptText="[[throttle]]"), mock.create()

    mock.advance(365 * 86_400)

    assert (mock.task(stuck)["status"], mock.task(other)["status"]) == ("THROTTLED", "SUCCEEDED")
    assert mock.ask("DELETE", f"/v1/tasks/{stuck}").status_code == 204
    assert mock.audit()["balanced"]


def test_progress_can_go_backwards_and_the_task_still_ends_in_time(mock: Driver) -> None:
    task = mock.create(promptText="[[backwards:0.2;at=0.5]]")
    mock.advance(1)

    shown = []
    for _ in range(11):
        mock.advance(1)
        shown.append(mock.task(task)["progress"])
    mock.advance(1)

    assert shown != sorted(shown)
    assert (max(shown[:5]), shown[5]) == (0.41, 0.2)
    assert mock.task(task)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("progress", [0, 0.99])
def test_a_task_can_be_stuck_at_the_beginning_and_at_the_end(mock: Driver, progress: float) -> None:
    task = mock.create(promptText=f"[[stuck:{progress}]]")

    mock.advance(86_400)

    assert mock.task(task).items() >= {"status": "RUNNING", "progress": progress}.items()


@pytest.mark.parametrize(("refunded", "cost"), [("true", 0), ("false", CLIP_CREDITS)])
@pytest.mark.parametrize("code", ["SAFETY.INPUT.TEXT", "SAFETY.OUTPUT.VIDEO", "INTERNAL"])
def test_a_failure_can_be_refunded_or_not(mock: Driver, code: str, refunded: str, cost: int) -> None:
    task = mock.create(promptText=f"[[fail:{code};refunded={refunded}]]")

    mock.advance(100)

    assert mock.task(task)["cost"] == {"credits": cost}
    assert mock.audit()["balanced"]


@pytest.mark.parametrize("credits", [7, 60])
def test_a_task_can_cost_something_else_than_was_estimated(mock: Driver, credits: int) -> None:
    task = mock.create(promptText=f"[[cost:{credits}]]")

    mock.advance(100)

    assert mock.task(task)["cost"] == {"credits": credits}
    assert mock.audit()["net"] == credits


def test_a_cancel_can_come_just_too_late(mock: Driver) -> None:
    mock.ask("PATCH", "/_mock/tenants/key_of_the_test", json={"refundsCancelled": True})
    task = mock.create(promptText="[[lose-cancel]]")
    mock.advance(2)

    answer = mock.ask("DELETE", f"/v1/tasks/{task}")

    assert (answer.status_code, mock.ask("GET", f"/v1/tasks/{task}").status_code) == (204, 404)
    assert mock.get(f"/_mock/tasks/{task}")["status"] == "SUCCEEDED"
    assert (mock.audit()["net"], mock.audit()["balanced"]) == (CLIP_CREDITS, True)


@pytest.mark.parametrize(("end", "status"), [("ignored", 204), ("not-found", 404)])
def test_a_cancel_can_be_without_effect(mock: Driver, end: str, status: int) -> None:
    task = mock.create(promptText=f"[[lose-cancel:{end}]]")
    mock.advance(2)

    answer = mock.ask("DELETE", f"/v1/tasks/{task}")
    mock.advance(RUNS)

    assert answer.status_code == status
    assert mock.task(task).items() >= {"status": "SUCCEEDED", "cost": {"credits": CLIP_CREDITS}}.items()


def test_a_task_that_waits_can_be_cancelled_in_time(mock: Driver) -> None:
    task = mock.create(promptText="[[lose-cancel:not-found]]")

    assert mock.ask("DELETE", f"/v1/tasks/{task}").status_code == 204
    assert mock.get(f"/_mock/tasks/{task}")["status"] == "CANCELLED"


def test_a_fault_has_its_window_on_the_tenants_clock(mock: Driver) -> None:
    mock.arm(fault="refuse", opensAfter=10, closesAfter=20)

    statuses = []
    for _ in range(5):
        statuses.append(mock.post("/v1/image_to_video", CLIP).status_code)
        mock.advance(5)

    assert statuses == [200, 200, 503, 503, 200]


def test_the_list_empties_itself_when_a_window_has_closed(mock: Driver) -> None:
    mock.arm(fault="refuse", closesAfter=20)
    mock.advance(19)
    before = len(mock.get("/_mock/faults")["data"])

    mock.advance(1)

    assert (before, mock.get("/_mock/faults")) == (1, {"data": []})


def test_a_window_for_one_tenant_does_not_wait_for_the_others(mock: Driver) -> None:
    mock.create(key="key_b")
    mock.arm(fault="refuse", tenant="key_a", closesAfter=20)

    mock.ask("POST", "/_mock/clock?tenant=key_a", json={"advance": 20})

    assert mock.get("/_mock/faults") == {"data": []}


def test_a_window_of_all_stays_open_for_a_tenant_that_comes_later(mock: Driver) -> None:
    mock.create()
    mock.arm(fault="refuse", closesAfter=20)
    mock.ask("POST", "/_mock/clock?tenant=key_of_the_test", json={"advance": 30})

    statuses = [
        mock.post("/v1/image_to_video", CLIP, key=key).status_code for key in ("key_of_the_test", "key_late")
    ]

    assert statuses == [200, 503]


def test_the_dice_of_a_fault_do_not_depend_on_what_others_do() -> None:
    runs = []
    for others in (0, 7):
        with Driver(Settings(clock=FROZEN.clock, tier="unlimited", seed=3)) as mock:
            mock.arm(fault="refuse", probability=0.5, seed=11, tenant="key_of_the_test")
            for number in range(others):
                mock.create(key=f"key_{number}")
            runs.append([mock.post("/v1/image_to_video", CLIP).status_code for _ in range(20)])

    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    "token", ["[[refuse:503;times=2]]", "[[fail:INTERNAL;tenant=x]]", "[[malformed:1]]", "[[reset:never]]"]
)
def test_a_token_takes_no_scope_and_no_schedule(mock: Driver, token: str) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": token})

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (400, "limitation")


def _lose(mock: Driver, token: str) -> Any:  # noqa: ANN401 (any outcome)
    """In process, a lost connection is the error that the mock raises."""
    with pytest.raises(ConnectionResetError):
        mock.post("/v1/image_to_video", CLIP | {"promptText": f"[[{token}]]"})

"""Whom an armed fault reaches: by operation, by model, also where only the mock knows the model."""

from typing import Any

import httpx
import pytest

from mock_server.workflows import published
from tests.mock_server.driver import CLIP, CLIP_CREDITS, Driver

ROUTED = {"configId": "main", "input": {"promptText": "a lighthouse"}}
AVATAR = {
    "name": "Guide",
    "personality": "Patient.",
    "referenceImage": "https://example.com/face.png",
    "voice": {"type": "runway-live-preset", "presetId": "adrian"},
}


def delete(mock: Driver, task: str, **headers: str) -> httpx.Response:
    return mock.ask("DELETE", f"/v1/tasks/{task}", headers=headers)


def running(mock: Driver, prompt: str = "a lighthouse") -> str:
    task = mock.create(promptText=prompt)
    mock.advance(2)
    return task


def test_a_fault_for_a_model_reaches_requests_that_are_routed_to_it(mock: Driver) -> None:
    mock.post("/v1/routers", {"slug": "main", "settings": {"optimizeFor": "quality"}})
    best = mock.post("/v1/generate/video", ROUTED).json()["routing"]["model"]
    mock.arm(fault="refuse", model=best, times=1)
    mock.arm(fault="refuse", model="gen4_turbo", status=502)

    statuses = [mock.post("/v1/generate/video", ROUTED).status_code for _ in range(2)]

    assert statuses == [503, 200]
    refused = {"operation": "generate_video", "model": best, "status": 503, "times": 1}
    assert mock.post("/_mock/verify", refused).status_code == 200


def test_a_fault_for_a_model_spares_what_no_router_can_route(mock: Driver) -> None:
    mock.arm(fault="refuse", model="gen4_turbo")

    answer = mock.post("/v1/generate/video", ROUTED)

    assert (answer.status_code, answer.json()["code"]) == (404, "router_config_not_found")


def test_a_fault_for_a_model_reaches_workflows_that_run_under_it(mock: Driver) -> None:
    workflow = next(iter(published().values()))
    mock.arm(fault="refuse", model=workflow.model, times=1)

    statuses = [mock.post(f"/v1/workflows/{workflow.id}", {}).status_code for _ in range(2)]

    assert statuses == [503, 200]


@pytest.mark.parametrize(("method", "operation"), [("GET", "tasks_retrieve"), ("DELETE", "tasks_delete")])
def test_a_fault_for_a_model_reaches_what_is_done_with_its_tasks(
    mock: Driver, method: str, operation: str
) -> None:
    turbo, other = mock.create(), mock.create(model="gen4.5")
    mock.arm(fault="refuse", model="gen4_turbo", operation=operation)

    statuses = [mock.ask(method, f"/v1/tasks/{task}").status_code for task in (turbo, other)]

    assert statuses == [503, 200 if method == "GET" else 204]


@pytest.mark.parametrize(
    ("end", "status", "ended"),
    [("ended", 204, "SUCCEEDED"), ("ignored", 204, "RUNNING"), ("not-found", 404, "RUNNING")],
)
def test_a_cancel_that_comes_too_late_can_be_armed_for_one_delete(
    mock: Driver, end: str, status: int, ended: str
) -> None:
    task = running(mock)
    mock.arm(fault="lose-cancel", end=end, operation="tasks_delete", times=1)

    answer = delete(mock, task)

    assert (answer.status_code, mock.get(f"/_mock/tasks/{task}")["status"]) == (status, ended)
    assert mock.get("/_mock/faults")["data"] == []
    assert mock.audit()["balanced"]


def test_the_delete_after_one_that_was_lost_cancels(mock: Driver) -> None:
    task = running(mock)

    answers = [delete(mock, task, **{"x-mock-fault": "lose-cancel:ignored"}), delete(mock, task)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert mock.get(f"/_mock/tasks/{task}")["status"] == "CANCELLED"


def test_what_a_delete_asks_for_goes_before_what_the_create_asked_for(mock: Driver) -> None:
    task = running(mock, "[[lose-cancel:not-found]]")

    answer = delete(mock, task, **{"x-mock-fault": "lose-cancel:ended"})

    assert (answer.status_code, mock.get(f"/_mock/tasks/{task}")["status"]) == (204, "SUCCEEDED")


def test_a_fault_in_the_life_of_tasks_is_not_used_up_by_a_delete(mock: Driver) -> None:
    task = running(mock)
    mock.arm(fault="lose-cancel", times=1)

    delete(mock, task)

    assert mock.get("/_mock/faults")["data"][0]["fired"] == 0


def test_the_answer_to_a_delete_can_be_lost(mock: Driver) -> None:
    task = running(mock)
    mock.arm(fault="lose-answer", status=502, operation="tasks_delete", times=1)

    lost, again = delete(mock, task), delete(mock, task)

    assert (lost.status_code, again.status_code) == (502, 404)
    assert mock.get(f"/_mock/tasks/{task}")["status"] == "CANCELLED"


def test_a_failure_can_be_armed_for_an_avatar_by_its_operation(mock: Driver) -> None:
    mock.arm(fault="fail", code="ASSET.INVALID", operation="avatars_create")

    avatar = mock.post("/v1/avatars", AVATAR).json()["id"]
    mock.advance(8)

    assert mock.get(f"/v1/avatars/{avatar}")["status"] == "FAILED"


def test_a_failure_that_names_no_operation_waits_for_a_task(mock: Driver) -> None:
    mock.arm(fault="fail", code="ASSET.INVALID", times=1)

    avatar = mock.post("/v1/avatars", AVATAR).json()["id"]
    task = mock.create()
    mock.advance(20)

    assert mock.get(f"/v1/avatars/{avatar}")["status"] == "READY"
    assert mock.task(task)["failureCode"] == "ASSET.INVALID"


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "fail", "operation": "tasks_retrieve"},
        {"fault": "cost", "credits": 1, "operation": "avatars_create"},
        {"fault": "spoil-output", "operation": "download"},
        {"fault": "lose-cancel", "operation": "tasks_retrieve"},
    ],
)
def test_a_fault_that_could_have_no_effect_is_refused(mock: Driver, fault: dict[str, Any]) -> None:
    answer = mock.post("/_mock/faults", fault)

    assert answer.status_code == 400
    assert fault["operation"] in answer.json()["error"]


def test_a_create_can_show_and_charge_more_than_usual(mock: Driver) -> None:
    created = mock.post("/v1/image_to_video", CLIP | {"promptText": "[[estimate:40]]"}).json()

    running_ = mock.task(created["id"])
    charged = mock.audit()["net"]
    mock.advance(20)

    assert created["estimatedCost"] == running_["estimatedCost"] == {"credits": 40}
    assert mock.task(created["id"])["cost"] == {"credits": 40}
    assert (charged, mock.audit()["net"], mock.audit()["balanced"]) == (40, 40, True)


@pytest.mark.parametrize("tokens", ["[[estimate:40]] [[cost:25]]", "[[cost:25]] [[estimate:40]]"])
def test_an_estimate_and_a_cost_can_differ_in_any_order(mock: Driver, tokens: str) -> None:
    task = mock.create(promptText=tokens)

    charged = mock.audit()["charged"]
    mock.advance(20)

    assert (charged, mock.audit()["net"], mock.task(task)["cost"]) == (40, 25, {"credits": 25})


def test_an_account_needs_credits_for_the_estimate_that_is_shown(mock: Driver) -> None:
    mock.ask("PATCH", "/_mock/tenants/key_of_the_test", json={"balance": CLIP_CREDITS})

    answer = mock.post("/v1/image_to_video", CLIP | {"promptText": "[[estimate:26]]"})

    assert (answer.status_code, mock.audit()["creates"]) == (400, 0)


@pytest.mark.parametrize("dry", [True, False])
def test_the_estimate_of_a_routed_request_can_be_changed_too(mock: Driver, *, dry: bool) -> None:
    mock.post("/v1/routers", {"slug": "main", "settings": {}})
    mock.arm(fault="estimate", credits=999, operation="generate_video")

    answer = mock.post("/v1/generate/video", ROUTED | {"dryRun": dry}).json()

    assert answer["routing"]["estimatedCost"] == {"credits": 999}
    assert mock.audit()["net"] == (0 if dry else 999)

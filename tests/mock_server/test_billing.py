import pytest

from mock_server.failures import KNOWN_CODES
from tests.mock_server.driver import CLIP, Driver

NOT_REFUNDED = [code for code in KNOWN_CODES if code.startswith("SAFETY.INPUT")]
REFUNDED = [code for code in KNOWN_CODES if code not in NOT_REFUNDED] + ["SOMETHING.NEW"]


def test_a_create_takes_its_estimate_from_the_balance_at_once(mock: Driver) -> None:
    before = mock.get("/v1/organization")["creditBalance"]

    mock.create()

    assert mock.get("/v1/organization")["creditBalance"] == before - 25


@pytest.mark.parametrize("code", REFUNDED)
def test_most_failures_give_the_credits_back(mock: Driver, code: str) -> None:
    task = mock.create(promptText=f"[[fail:{code}]]")

    mock.advance_until(task, "FAILED")

    shown = mock.task(task)
    assert (shown["failureCode"], shown["cost"]) == (code, {"credits": 0})
    assert mock.audit()["net"] == 0


@pytest.mark.parametrize("code", NOT_REFUNDED)
def test_a_moderated_input_is_paid_for(mock: Driver, code: str) -> None:
    task = mock.create(promptText=f"[[fail:{code}]]")

    mock.advance_until(task, "FAILED")

    assert mock.task(task)["cost"] == {"credits": 25}
    assert mock.audit()["net"] == 25


def test_a_failure_without_a_code_is_refunded(mock: Driver) -> None:
    task = mock.create(promptText="[[fail:none]]")

    mock.advance_until(task, "FAILED")

    shown = mock.task(task)
    assert ("failureCode" in shown, shown["cost"]) == (False, {"credits": 0})


def test_a_cancelled_task_is_paid_for(mock: Driver) -> None:
    task = mock.create()

    mock.ask("DELETE", f"/v1/tasks/{task}")

    assert mock.audit()["net"] == 25


def test_a_tenant_can_have_cancelled_tasks_refunded(mock: Driver) -> None:
    mock.ask("PATCH", "/_mock/tenants/key_of_the_test", json={"refundsCancelled": True})
    task = mock.create()

    mock.ask("DELETE", f"/v1/tasks/{task}")

    assert mock.audit()["refunded"] == 25


def test_a_tenant_can_have_moderated_outputs_charged(mock: Driver) -> None:
    mock.ask("PATCH", "/_mock/tenants/key_of_the_test", json={"refundsModeratedOutput": False})
    task = mock.create(promptText="[[fail:SAFETY.OUTPUT.VIDEO]]")

    mock.advance_until(task, "FAILED")

    assert mock.task(task)["cost"] == {"credits": 25}


def test_deleting_a_finished_task_changes_no_money(mock: Driver) -> None:
    task = mock.create()
    mock.advance_until(task)

    mock.ask("DELETE", f"/v1/tasks/{task}")

    assert (mock.audit()["charged"], mock.audit()["refunded"]) == (25, 0)


def test_without_enough_credits_a_create_is_a_400_and_costs_nothing(mock: Driver) -> None:
    mock.ask("PUT", "/_mock/tenants/key_of_the_test", json={"balance": 24})

    answer = mock.post("/v1/image_to_video", CLIP)

    assert answer.status_code == 400
    assert answer.json()["error"] == "You do not have enough credits to run this task."
    assert mock.audit()["creates"] == 0


def test_the_last_credits_can_be_spent(mock: Driver) -> None:
    mock.ask("PUT", "/_mock/tenants/key_of_the_test", json={"balance": 25})

    mock.create()

    assert mock.get("/v1/organization")["creditBalance"] == 0


def test_an_automatic_duration_is_estimated_at_its_most_and_settled_at_what_it_became(mock: Driver) -> None:
    body = {"model": "seedance2", "promptText": "a lighthouse", "duration": "auto", "ratio": "1280:720"}
    created = mock.post("/v1/text_to_video", body).json()

    mock.advance_until(created["id"])

    cost = mock.task(created["id"])["cost"]["credits"]
    assert 0 < cost < created["estimatedCost"]["credits"] == 15 * 36
    assert mock.audit()["net"] == cost


def test_a_task_may_be_told_to_cost_more_than_its_estimate(mock: Driver) -> None:
    task = mock.create(promptText="[[cost:40]]")

    mock.advance_until(task)

    assert mock.task(task)["cost"] == {"credits": 40}
    assert (mock.audit()["charged"], mock.audit()["balanced"]) == (40, True)


def test_usage_counts_by_day_and_model_with_refunds_on_the_day_they_came(mock: Driver) -> None:
    mock.advance(86_395)
    mock.create(promptText="[[fail:INTERNAL]]")
    mock.advance(30)
    mock.create(model="gen4.5")

    usage = mock.post("/v1/organization/usage", {"startDate": "2026-11-01"}).json()

    assert usage["models"] == ["gen4.5", "gen4_turbo"]
    assert usage["results"] == [
        {"date": "2026-11-01", "usedCredits": [{"model": "gen4_turbo", "amount": 25}]},
        {
            "date": "2026-11-02",
            "usedCredits": [{"model": "gen4.5", "amount": 60}, {"model": "gen4_turbo", "amount": -25}],
        },
    ]


@pytest.mark.parametrize(
    "period",
    [
        {"startDate": "2026-11-01", "beforeDate": "2026-11-01"},
        {"startDate": "2026-11-01", "beforeDate": "2027-02-01"},
        {"startDate": "yesterday"},
        {"startDate": "9999-12-31"},
    ],
)
def test_a_wrong_period_of_usage_is_a_400(mock: Driver, period: dict[str, str]) -> None:
    answer = mock.post("/v1/organization/usage", period)

    assert answer.status_code == 400

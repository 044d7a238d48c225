"""The audit must be able to fail: each test spoils one of the records that it compares."""

import pytest

from mock_server.billing import Entry, EntryKind
from mock_server.clock import Moment
from mock_server.credits import Credits
from mock_server.tenant import Tenant
from tests.mock_server.driver import CLIP, KEY, Driver


def test_an_untouched_account_balances(mock: Driver) -> None:
    mock.advance_until(mock.create())
    mock.create(promptText="[[fail:INTERNAL]]")

    audit = mock.audit()

    assert audit == {
        "balanced": True,
        "creates": 2,
        "charged": 50,
        "refunded": 0,
        "net": 50,
        "discrepancies": [],
        "suspectedDoubleCharges": [],
    }


def test_a_forged_balance_is_found(mock: Driver) -> None:
    mock.create()

    _tenant(mock).ledger.balance = Credits(1)

    assert _discrepancies(mock) == 1


def test_a_forged_cost_is_found(mock: Driver) -> None:
    task = mock.create()
    mock.advance_until(task)

    _tenant(mock).tasks[task].cost = Credits(1)

    assert _discrepancies(mock) == 1


def test_a_lost_entry_is_found_by_the_task_the_balance_and_the_usage(mock: Driver) -> None:
    mock.create()

    _tenant(mock).ledger.entries.pop()

    assert _discrepancies(mock) == 3


def test_a_charge_for_a_task_that_does_not_exist_is_found(mock: Driver) -> None:
    mock.create()
    entry = Entry(kind=EntryKind.CHARGE, amount=Credits(5), moment=Moment(0), task="ghost", model="gen4.5")

    _tenant(mock).ledger.post(entry)

    assert _discrepancies(mock) == 1


def test_forged_usage_is_found(mock: Driver) -> None:
    mock.create()

    _tenant(mock).ledger.usage.clear()

    assert _discrepancies(mock) == 1


def test_the_same_body_twice_is_a_suspected_double_charge(mock: Driver) -> None:
    first = mock.create()

    second = mock.create()

    [suspected] = mock.audit()["suspectedDoubleCharges"]
    assert suspected == {"tenant": KEY, "task": second, "first": first, "reason": "same body", "credits": 25}


def test_a_retry_of_the_sdk_that_was_charged_is_suspected(mock: Driver) -> None:
    answer = mock.ask(
        "POST",
        "/v1/text_to_image",
        json={"model": "gen4_image", "promptText": "a lighthouse", "ratio": "1280:720"},
        headers={"x-stainless-retry-count": "1"},
    )

    [suspected] = mock.audit()["suspectedDoubleCharges"]
    assert (suspected["task"], suspected["reason"]) == (answer.json()["id"], "retry")


def test_the_same_body_written_in_another_order_is_the_same(mock: Driver) -> None:
    mock.post("/v1/image_to_video", CLIP)

    mock.post("/v1/image_to_video", dict(reversed(CLIP.items())))

    assert [double["reason"] for double in mock.audit()["suspectedDoubleCharges"]] == ["same body"]


def test_another_seed_is_another_body(mock: Driver) -> None:
    mock.create(seed=1)

    mock.create(seed=2)

    assert mock.audit()["suspectedDoubleCharges"] == []


def test_a_create_after_a_lost_answer_is_suspected(mock: Driver) -> None:
    sent = {"x-mock-fault": "lose-answer:502"}
    mock.ask("POST", "/v1/image_to_video", json=CLIP, headers=sent)

    again = mock.ask("POST", "/v1/image_to_video", json=CLIP, headers={"x-stainless-retry-count": "1"})

    audit = mock.audit()
    assert [double["task"] for double in audit["suspectedDoubleCharges"]] == [again.json()["id"]]
    assert (audit["creates"], audit["charged"]) == (2, 50)


def test_a_retry_after_a_refusal_is_suspected_although_it_was_charged_once(mock: Driver) -> None:
    """The server cannot know that the first try had no effect; who audits it can, by the journal."""
    mock.arm(fault="refuse", times=1)
    mock.post("/v1/image_to_video", CLIP)

    mock.ask("POST", "/v1/image_to_video", json=CLIP, headers={"x-stainless-retry-count": "1"})

    audit = mock.audit()
    assert [double["reason"] for double in audit["suspectedDoubleCharges"]] == ["retry"]
    assert audit["creates"] == 1


def test_a_refused_retry_is_not_suspected(mock: Driver) -> None:
    mock.ask("PUT", f"/_mock/tenants/{KEY}", json={"balance": 0})

    mock.ask("POST", "/v1/image_to_video", json=CLIP, headers={"x-stainless-retry-count": "1"})

    assert mock.audit()["suspectedDoubleCharges"] == []


def test_a_cancelled_task_that_was_paid_for_and_made_again_is_suspected(mock: Driver) -> None:
    mock.ask("DELETE", f"/v1/tasks/{mock.create()}")

    mock.create()

    assert len(mock.audit()["suspectedDoubleCharges"]) == 1


@pytest.mark.parametrize("count", ["two", "-1", "", "1.5", "9999"])
def test_a_retry_count_that_is_no_small_number_tells_nothing(mock: Driver, count: str) -> None:
    mock.ask("POST", "/v1/image_to_video", json=CLIP, headers={"x-stainless-retry-count": count})

    assert mock.audit()["suspectedDoubleCharges"] == []


def test_every_report_of_the_money_is_the_same_money(mock: Driver) -> None:
    """Estimates, costs, balance, usage and audit after every kind of ending."""
    before = mock.get("/v1/organization")["creditBalance"]
    ends = ["", "[[fail:INTERNAL]]", "[[fail:SAFETY.INPUT.TEXT]]", "[[cost:40]]", "[[cost:7]]"]
    tasks = [mock.create(promptText=f"a lighthouse {end}") for end in ends]
    deleted = mock.create(promptText="deleted")
    mock.ask("DELETE", f"/v1/tasks/{deleted}")
    mock.advance(3600)

    costs = [mock.task(task)["cost"]["credits"] for task in tasks] + [25]
    [day] = mock.post("/v1/organization/usage", {"startDate": "2026-11-01"}).json()["results"]
    audit = mock.audit()

    assert costs == [25, 0, 25, 40, 7, 25]
    assert before - mock.get("/v1/organization")["creditBalance"] == sum(costs)
    assert day["usedCredits"] == [{"model": "gen4_turbo", "amount": sum(costs)}]
    assert (audit["net"], audit["balanced"]) == (sum(costs), True)
    assert sum(task["cost"]["credits"] for task in mock.get("/_mock/tasks")["data"]) == sum(costs)


def test_a_second_try_after_a_refunded_failure_is_no_double_charge(mock: Driver) -> None:
    mock.arm(fault="fail", code="INTERNAL", times=1)
    mock.advance_until(mock.create(), "FAILED")

    mock.create()

    assert mock.audit()["suspectedDoubleCharges"] == []


def test_the_audit_can_be_asked_for_one_tenant(mock: Driver) -> None:
    mock.create(key="key_a")
    mock.create(key="key_b")

    assert mock.get("/_mock/audit?tenant=key_a")["creates"] == 1
    assert mock.audit()["creates"] == 2


def _tenant(mock: Driver) -> Tenant:
    return mock.app.world.tenants[KEY]


def _discrepancies(mock: Driver) -> int:
    audit = mock.audit()
    assert audit["balanced"] is False
    return len(audit["discrepancies"])

"""The audit must be able to fail: each test spoils one of the records that it compares."""

from mock_server.billing import Entry, EntryKind
from mock_server.clock import Moment
from mock_server.credits import Credits
from mock_server.tenant import Tenant
from tests.mock_server.driver import KEY, Driver


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

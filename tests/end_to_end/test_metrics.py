"""The metrics agree with the bill, and nobody can blow them up."""

import httpx
import pytest
import runwayml

from tests.end_to_end.clips import CREDITS, clip, create, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, Metrics, Team
from tests.support.mock import Mock
from tests.support.sdk import sdk_of

UNKNOWN = "b1d2c3e4-0000-4000-8000-000000000000"


def test_the_credits_of_the_metrics_are_those_of_the_bill(gateway: Gateway, mock: Mock, books: Books) -> None:
    before = gateway.metrics()

    with sdk_of(gateway, gateway.add_team()) as sdk:
        create(sdk)
        create(sdk, new_text("[[fail:INTERNAL]]"))
        create(sdk, new_text("[[fail:SAFETY.INPUT.TEXT]]"))
    mock.advance()
    bill = books.settled()

    after = gateway.metrics()
    assert bill == Bill(creates=3, charged=3 * CREDITS, refunded=CREDITS)
    assert _grown(before, after, "credits_spent_total") == bill.charged - bill.refunded
    assert _grown(before, after, "credits_refunded_total") == bill.refunded
    assert _grown(before, after, "forwards_total", result="started") == bill.creates
    assert _grown(before, after, "generations_settled_total", state="SUCCEEDED") == 1
    assert _grown(before, after, "generations_settled_total", state="FAILED") == 2


def test_creates_refusals_and_reuse_are_counted_by_team(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": CREDITS}])
    request = clip(seed=1)

    with sdk_of(gateway, team) as sdk:
        for _ in range(3):
            sdk.image_to_video.create(**request)
        with pytest.raises(runwayml.APIStatusError):
            create(sdk)

    counted = gateway.metrics()
    assert counted.total("creates_total", team=team.id, model="gen4_turbo") == 1
    assert counted.total("refusals_total", team=team.id, reason="budget_exceeded") == 1
    assert counted.total("reuses_total", team=team.id, result="missed") == 1
    assert counted.total("reuses_total", team=team.id, result="joined") == 2
    assert counted.total("credits_saved_total", team=team.id) == 2 * CREDITS
    mock.advance()
    books.settled()


def test_refused_creates_are_counted_whoever_sent_them_and_other_requests_are_not(
    gateway: Gateway, team: Team
) -> None:
    before = gateway.metrics()

    with sdk_of(gateway, Team("nobody", f"rwgw_{'0' * 40}", "none")) as stranger:
        with pytest.raises(runwayml.AuthenticationError):
            create(stranger)
        with pytest.raises(runwayml.AuthenticationError):
            stranger.tasks.retrieve(UNKNOWN)
    with sdk_of(gateway, team) as sdk, pytest.raises(runwayml.NotFoundError):
        sdk.tasks.retrieve(UNKNOWN)

    after = gateway.metrics()
    stranger_only = {"team": "", "operation": "image_to_video", "reason": "unauthenticated"}
    assert _grown(before, after, "refusals_total", **stranger_only) == 1
    assert _grown(before, after, "refusals_total") == 1


def test_a_budget_shows_its_amount_and_its_use(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": 100}])
    owner = f"team/{team.id}"

    with sdk_of(gateway, team) as sdk:
        create(sdk)
    held = gateway.metrics()
    mock.advance()
    books.settled()

    settled = gateway.metrics()
    assert held.total("budget_amount", owner=owner) == 100
    assert held.total("budget_used", owner=owner) == CREDITS
    assert held.total("budget_held", owner=owner) == CREDITS
    assert settled.total("budget_used", owner=owner) == CREDITS
    assert settled.total("budget_held", owner=owner) == 0


def test_unclear_money_shows(gateway: Gateway, team: Team, books: Books) -> None:
    with sdk_of(gateway, team) as sdk:
        task_id = create(sdk, new_text("[[lose-answer]]"))

    unclear = gateway.metrics()

    assert unclear.total("unclear_total", team=team.id) == 1
    assert unclear.total("credits_held", stage="unclear") == CREDITS
    gateway.post(f"tasks/{task_id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    books.settled()


def test_neither_a_mistyped_model_nor_a_stranger_makes_a_new_series(gateway: Gateway, team: Team) -> None:
    known = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
    stranger = known | {"Authorization": "Bearer rwgw_somebody"}
    wrong = clip(model="gen4_tubro_canary")
    _post(gateway, known, wrong)
    _post(gateway, stranger, wrong)
    before = gateway.metrics()

    _post(gateway, known, clip(model="gen5_canary"))
    _post(gateway, stranger | {"Authorization": "Bearer rwgw_somebody_else"}, wrong)

    after = gateway.metrics()
    assert after.series() == before.series()
    assert "canary" not in after.text
    assert "somebody" not in after.text


def _post(gateway: Gateway, headers: dict[str, str], body: object) -> None:
    httpx.post(f"{gateway.url}/v1/image_to_video", headers=headers, json=body, trust_env=False)


def _grown(before: Metrics, after: Metrics, name: str, **labels: str) -> float:
    return after.total(name, **labels) - before.total(name, **labels)

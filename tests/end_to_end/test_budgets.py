"""Budgets hold under parallel creates, and follow what Runway says that a task costs."""

import pytest
from runwayml import APIStatusError, RunwayML

from tests.end_to_end.clips import CREDITS, create, estimate_of, new_text
from tests.end_to_end.contests import fifty_alike_are_paid_once, two_of_fifty_are_admitted
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway
from tests.support.mock import Mock
from tests.support.sdk import sdk_of
from tests.support.waiting import wait_until

ASSUMED_CREDITS = 75.0
"""What a clip of unsaid length from kling2.5_turbo_pro may cost at most …"""
TRUE_CREDITS = 35.0
"""… and what Runway says that it costs."""


async def test_of_fifty_parallel_creates_as_many_are_admitted_as_the_budget_pays(
    gateway: Gateway, mock: Mock
) -> None:
    await two_of_fifty_are_admitted(gateway, mock)


async def test_fifty_parallel_identical_creates_of_two_teams_are_one_charge(
    gateway: Gateway, mock: Mock
) -> None:
    await fifty_alike_are_paid_once(gateway, mock)


def test_a_reservation_is_corrected_to_what_runway_estimates(
    gateway: Gateway, mock: Mock, books: Books
) -> None:
    budget = ASSUMED_CREDITS + TRUE_CREDITS
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": budget}])

    with sdk_of(gateway, team) as sdk:
        estimates = [_clip_of_unsaid_length(sdk) for _ in range(2)]
        with pytest.raises(APIStatusError) as refused:
            _clip_of_unsaid_length(sdk)

    assert estimates == [TRUE_CREDITS] * 2
    assert refused.value.status_code == 402
    assert books.held() == 2 * TRUE_CREDITS
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * TRUE_CREDITS)


def test_a_task_that_cost_less_than_estimated_gives_back_the_rest(
    gateway: Gateway, mock: Mock, books: Books
) -> None:
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": CREDITS + 10}])

    with sdk_of(gateway, team) as sdk:
        create(sdk, new_text("[[cost:10]]"))
        mock.advance()
        first = books.settled()
        create(sdk)

    assert first == Bill(creates=1, charged=CREDITS, refunded=CREDITS - 10)
    mock.advance()
    books.settled()


@pytest.mark.parametrize(
    ("token", "ratio"),
    [("[[cost:60]]", "1584:672"), ("[[estimate:60]]", "832:1104")],
    ids=["cost", "estimate"],
)
def test_what_costs_more_than_its_price_is_booked_in_full_and_raises_the_next_price(
    gateway: Gateway, mock: Mock, books: Books, *, token: str, ratio: str
) -> None:
    """On settings of its own: a price that was raised stays raised for all who use this gateway."""
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": 60 + CREDITS}])

    with sdk_of(gateway, team) as sdk:
        create(sdk, new_text(token), ratio=ratio)
        mock.advance()
        bill = books.settled()
        with pytest.raises(APIStatusError) as refused:
            create(sdk, ratio=ratio)
        create(sdk)

    assert refused.value.status_code == 402
    assert bill == Bill(creates=1, charged=60)
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=60 + CREDITS)


def test_a_raised_budget_is_there_for_the_next_create(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": 0}])

    with sdk_of(gateway, team) as sdk:
        with pytest.raises(APIStatusError):
            create(sdk)
        gateway.change_policy(team.id, limits=[{"measure": "credits", "per": "month", "amount": CREDITS}])
        create(sdk)

    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_new_limit_starts_at_what_was_really_spent(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team()

    with sdk_of(gateway, team) as sdk:
        create(sdk)
        mock.advance()
        books.settled()
        gateway.change_policy(team.id, limits=[{"measure": "credits", "per": "total", "amount": CREDITS}])
        with pytest.raises(APIStatusError) as refused:
            create(sdk)

    assert refused.value.status_code == 402


def test_the_budget_of_a_key_binds_that_key_alone(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team()
    poor = gateway.add_key(team.id, limits=[{"measure": "credits", "per": "month", "amount": 0}])

    with sdk_of(gateway, poor) as sdk, pytest.raises(APIStatusError) as refused:
        create(sdk)
    with sdk_of(gateway, team) as sdk:
        create(sdk)

    assert refused.value.status_code == 402
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_running_limit_queues_as_runway_throttles(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "running", "amount": 1}])

    with sdk_of(gateway, team) as sdk:
        first, second = create(sdk), create(sdk)
        waiting, begun = sdk.tasks.retrieve(second).status, books.billed().creates
        sdk.tasks.delete(first)
        wait_until(lambda: sdk.tasks.retrieve(second).status == "PENDING", "a free slot")

    assert (waiting, begun) == ("THROTTLED", 1)
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


def _clip_of_unsaid_length(sdk: RunwayML) -> float:
    """Create one; the estimate that Runway answers."""
    created = sdk.text_to_video.create(
        model="kling2.5_turbo_pro", prompt_text=new_text(), extra_headers={"X-Gateway-Cache": "no-store"}
    )
    return estimate_of(created)

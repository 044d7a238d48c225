"""What an SDK repeats by itself is paid once; what its user repeats is paid again."""

import httpx
import pytest
import runwayml
from runwayml import RunwayML

from tests.end_to_end.clips import CREDITS, create, new_text
from tests.support.books import Bill, Books
from tests.support.cutting import CutsFirstAnswer
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.sdk import sdk_of

ONE_CLIP = Bill(creates=1, charged=CREDITS)


def test_a_create_whose_answer_was_lost_on_the_way_is_answered_with_the_same_task(
    gateway: Gateway, team: Team, mock: Mock, books: Books
) -> None:
    wire = CutsFirstAnswer()

    with sdk_of(gateway, team, http_client=httpx.Client(transport=wire)) as sdk:
        task_id = create(sdk)

    assert len(wire.requests) == 2
    assert [task["id"] for task in gateway.tasks(team.id)] == [task_id]
    mock.advance()
    assert books.settled() == ONE_CLIP


def test_a_create_that_the_client_gave_up_waiting_for_is_answered_with_the_same_task(
    gateway: Gateway, team: Team, mock: Mock, books: Books
) -> None:
    with sdk_of(gateway, team, timeout=0.5) as sdk:
        task_id = create(sdk, new_text("[[slow:1]]"))

    assert [task["id"] for task in gateway.tasks(team.id)] == [task_id]
    mock.advance()
    assert books.settled() == ONE_CLIP


def test_a_client_that_leaves_for_good_does_not_lose_its_task(
    gateway: Gateway, team: Team, mock: Mock, books: Books
) -> None:
    with (
        sdk_of(gateway, team, timeout=0.3, max_retries=0) as sdk,
        pytest.raises(runwayml.APITimeoutError),
    ):
        create(sdk, new_text("[[slow:1]]"))

    mock.advance()
    assert books.settled() == ONE_CLIP
    (task,) = gateway.tasks(team.id)
    assert (task["stage"], task["charged"]) == ("done", CREDITS)


def test_a_retry_among_deliberate_repeats_adds_nothing(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    text = new_text()
    deliberate = [create(sdk, text) for _ in range(2)]

    with sdk_of(gateway, team, http_client=httpx.Client(transport=CutsFirstAnswer())) as unlucky:
        third = create(unlucky, text)

    mock.advance()
    assert len({*deliberate, third} & {task["id"] for task in gateway.tasks(team.id)}) == 3
    assert books.settled() == Bill(creates=3, charged=3 * CREDITS)


def test_a_retry_of_what_never_arrived_is_an_ordinary_create(sdk: RunwayML, mock: Mock, books: Books) -> None:
    create(sdk, extra_headers={"x-stainless-retry-count": "1"})

    mock.advance()
    assert books.settled() == ONE_CLIP


def test_no_key_of_another_team_gets_a_task_by_a_retry(
    gateway: Gateway, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    text = new_text()
    first = create(sdk, text)

    with sdk_of(gateway, gateway.add_team()) as stranger:
        second = create(stranger, text, extra_headers={"x-stainless-retry-count": "1"})

    assert first != second
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


@pytest.mark.parametrize("times", [1, 2])
def test_the_sdk_gets_over_an_overloaded_runway(sdk: RunwayML, mock: Mock, books: Books, times: int) -> None:
    mock.arm("refuse", operation="image_to_video", status=503, times=times)

    create(sdk)

    mock.advance()
    assert books.settled() == ONE_CLIP


def test_a_lost_answer_behind_the_gateway_and_one_before_it_are_one_charge(
    gateway: Gateway, team: Team, books: Books
) -> None:
    with sdk_of(gateway, team, http_client=httpx.Client(transport=CutsFirstAnswer())) as sdk:
        task_id = create(sdk, new_text("[[lose-answer]]"))
        shown = sdk.tasks.retrieve(task_id).status

    assert shown == "RUNNING"
    assert books.billed() == ONE_CLIP
    gateway.post(f"tasks/{task_id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    assert books.settled() == ONE_CLIP

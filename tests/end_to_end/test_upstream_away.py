"""Runway away, slow, overloaded or of another mind: a clear error or a kept task, and nothing lost."""

from collections.abc import Iterator

import pytest
import runwayml

from tests.end_to_end.clips import CREDITS, create, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, running_gateway
from tests.support.mock import Mock
from tests.support.sdk import sdk_of
from tests.support.stores import free_port
from tests.support.waiting import wait_until

NOTHING = Bill(creates=0, charged=0)
ONE_CLIP = Bill(creates=1, charged=CREDITS)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose upstream does not listen."""
    with running_gateway(tmp_path_factory.mktemp("alone"), f"http://127.0.0.1:{free_port()}") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def impatient(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that lets a client wait for Runway for half a second."""
    waiting = {"GATEWAY__LIMITS__FORWARD_WAIT_SECONDS": "0.5"}
    with running_gateway(tmp_path_factory.mktemp("impatient"), mock, environment=waiting) as gateway:
        yield gateway


def test_an_absent_runway_is_502_and_costs_nothing(alone: Gateway) -> None:
    team = alone.add_team()

    with (
        sdk_of(alone, team, max_retries=0) as sdk,
        pytest.raises(runwayml.InternalServerError) as refused,
    ):
        create(sdk)

    usage = alone.usage(team.id)
    assert refused.value.status_code == 502
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["code"] == "upstream_away"
    assert refused.value.response.headers["x-should-retry"] == "true"
    assert (usage["spent"], usage["reserved"], usage["unclear"]) == (0, 0, 0)


def test_an_absent_runway_is_502_for_uploads_too(alone: Gateway) -> None:
    with (
        sdk_of(alone, alone.add_team(), max_retries=0) as sdk,
        pytest.raises(runwayml.InternalServerError) as refused,
    ):
        sdk.uploads.create_ephemeral(file=("first.png", bytes(1024)))

    assert refused.value.status_code == 502


def test_with_runway_absent_the_gateway_is_ready_and_answers_what_it_knows(alone: Gateway) -> None:
    with sdk_of(alone, alone.add_team()) as sdk:
        organization = sdk.organization.retrieve()

    assert organization.credit_balance > 0
    assert alone.admin.get("/health/ready").is_success


def test_an_overloaded_runway_is_503_and_costs_nothing(gateway: Gateway, mock: Mock, books: Books) -> None:
    mock.arm("refuse", operation="image_to_video", status=503, times=1)

    with (
        sdk_of(gateway, gateway.add_team(), max_retries=0) as sdk,
        pytest.raises(runwayml.InternalServerError) as refused,
    ):
        create(sdk)

    assert refused.value.status_code == 503
    assert books.settled() == NOTHING


def test_a_queued_task_outlives_an_overloaded_runway(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "running", "amount": 1}])
    text = new_text()

    with sdk_of(gateway, team) as sdk:
        first, queued = create(sdk), create(sdk, text)
        mock.arm("refuse", operation="image_to_video", status=503, times=1)
        sdk.tasks.delete(first)
        wait_until(lambda: mock.requests(text), "the refusal")
        wait_until(lambda: sdk.tasks.retrieve(queued).status == "THROTTLED", "the queue")
        held = books.held()
        sdk.tasks.delete(queued)

    assert held == CREDITS
    assert books.settled() == ONE_CLIP


def test_a_create_that_takes_long_is_answered_before_the_sdk_gives_up(impatient: Gateway, mock: Mock) -> None:
    books, team = Books(impatient, mock), impatient.add_team()

    with sdk_of(impatient, team) as sdk:
        task_id = create(sdk, new_text("[[slow:2]]"))
        shown = sdk.tasks.retrieve(task_id).status
        mock.advance()
        bill = books.settled()
        wait_until(lambda: sdk.tasks.retrieve(task_id).status == "SUCCEEDED", "the clip")

    assert shown == "PENDING"
    assert bill == ONE_CLIP


def test_a_task_that_runway_forgot_is_unclear_and_keeps_its_money(
    gateway: Gateway, mock: Mock, books: Books
) -> None:
    team = gateway.add_team()

    with sdk_of(gateway, team) as sdk:
        task_id = create(sdk)
        mock.forget(gateway.tasks(team.id)[0]["upstreamId"])
        wait_until(lambda: gateway.usage(team.id)["unclear"], "the missing task")
        shown = sdk.tasks.retrieve(task_id).status

    assert shown == "RUNNING"
    assert books.held() == CREDITS
    gateway.post(f"tasks/{task_id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    assert books.settled() == ONE_CLIP


@pytest.mark.long  # half a minute is what an upload may take
def test_an_upload_that_runway_does_not_answer_is_504(gateway: Gateway, mock: Mock) -> None:
    mock.arm("slow", operation="uploads_create_ephemeral", seconds=35, times=1)

    with (
        sdk_of(gateway, gateway.add_team(), max_retries=0) as sdk,
        pytest.raises(runwayml.InternalServerError) as refused,
    ):
        sdk.uploads.create_ephemeral(file=("first.png", bytes(1024)))

    assert refused.value.status_code == 504

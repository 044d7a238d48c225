"""What a task costs in the end: by its failure code, when it is cancelled, when its answer was lost."""

import pytest
from runwayml import APIStatusError, NotFoundError, RunwayML

from tests.end_to_end.clips import CREDITS, create, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.sdk import sdk_of
from tests.support.waiting import wait_until

CHARGED_BY_CODE = {
    "SAFETY.INPUT.TEXT": CREDITS,
    "SAFETY.INPUT.IMAGE": CREDITS,
    "SAFETY.INPUT.VIDEO": CREDITS,
    "SAFETY.INPUT.AUDIO": CREDITS,
    "SAFETY.OUTPUT.TEXT": 0,
    "SAFETY.OUTPUT.IMAGE": 0,
    "SAFETY.OUTPUT.VIDEO": 0,
    "SAFETY.OUTPUT.AUDIO": 0,
    "INPUT_PREPROCESSING.SAFETY.TEXT": 0,
    "INPUT_PREPROCESSING.INTERNAL": 0,
    "INTERNAL.BAD_OUTPUT.01": 0,
    "INTERNAL.BAD_OUTPUT.CODE01": 0,
    "ASSET.INVALID": 0,
    "THIRD_PARTY.UNAVAILABLE": 0,
    "INTERNAL": 0,
    "A_CODE.OF_TOMORROW": 0,
}
"""Runway's failure codes, and what a clip costs that fails with each."""
DISPUTED = "SAFETY.OUTPUT.VIDEO"
"""Runway's pages disagree on whether such a failure costs; its `cost` tells."""


def test_a_failed_task_is_refunded_or_charged_as_its_failure_code_says(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    created = {create(sdk, new_text(f"[[fail:{code}]]")): code for code in CHARGED_BY_CODE}
    mock.advance()

    bill = books.settled()

    charged = {created[task["id"]]: task["charged"] for task in gateway.tasks(team.id)}
    assert charged == CHARGED_BY_CODE
    assert {sdk.tasks.retrieve(id).failure_code for id in created} == set(CHARGED_BY_CODE)  # type: ignore[union-attr]
    assert gateway.usage(team.id)["refunded"] == bill.refunded
    assert bill.charged - bill.refunded == sum(CHARGED_BY_CODE.values())


def test_a_failure_without_a_code_is_refunded(sdk: RunwayML, mock: Mock, books: Books) -> None:
    task_id = create(sdk, new_text("[[fail:none]]"))
    mock.advance()

    bill = books.settled()

    task = sdk.tasks.retrieve(task_id)
    assert task.status == "FAILED"
    assert task.failure_code is None
    assert bill == Bill(creates=1, charged=CREDITS, refunded=CREDITS)


def test_a_moderated_output_is_charged_where_runway_charges_it(
    sdk: RunwayML, mock: Mock, books: Books
) -> None:
    mock.change_tenant(refundsModeratedOutput=False)
    create(sdk, new_text(f"[[fail:{DISPUTED}]]"))
    mock.change_tenant(refundsModeratedOutput=True)
    mock.advance()

    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_running_task_that_is_cancelled_is_charged_in_full_and_marked_so(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    task_id = create(sdk, new_text("[[lasts:600]]"))
    mock.advance(60)

    sdk.tasks.delete(task_id)

    (task,) = gateway.tasks(team.id)
    with pytest.raises(NotFoundError):
        sdk.tasks.retrieve(task_id)
    assert mock.task(task["upstreamId"])["status"] == "CANCELLED"
    assert (task["charged"], task["basis"]) == (CREDITS, "assumed")
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_cancelled_task_is_charged_what_runway_estimated_last(
    gateway: Gateway, team: Team, sdk: RunwayML, books: Books
) -> None:
    created = sdk.avatar_videos.create(  # the one create that Runway answers without an estimate
        model="gwm1_avatars",
        avatar={"type": "runway-preset", "preset_id": "game-character"},
        speech={"type": "audio", "audio": "https://example.com/speech.mp3"},
    )

    sdk.tasks.delete(created.id)

    (task,) = gateway.tasks(team.id)
    assert task["reserved"] > task["charged"]
    assert books.settled() == Bill(creates=1, charged=task["charged"])


def test_a_task_that_ended_unseen_costs_what_it_cost_when_it_is_deleted(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    task_id = create(sdk, new_text("[[fail:INTERNAL]]"))
    mock.advance()

    sdk.tasks.delete(task_id)

    (task,) = gateway.tasks(team.id)
    assert (task["charged"], task["basis"]) == (0, "observed")
    assert books.settled() == Bill(creates=1, charged=CREDITS, refunded=CREDITS)


def test_a_queued_task_that_is_cancelled_costs_nothing(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "running", "amount": 1}])

    with sdk_of(gateway, team) as sdk:
        create(sdk)
        queued = create(sdk)
        sdk.tasks.delete(queued)

    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_lost_answer_holds_the_money_until_an_administrator_knows(
    gateway: Gateway, team: Team, sdk: RunwayML, books: Books
) -> None:
    task_id = create(sdk, new_text("[[lose-answer]]"))

    shown, held = sdk.tasks.retrieve(task_id).status, gateway.usage(team.id)
    gateway.post(f"tasks/{task_id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})

    assert shown == "RUNNING"
    assert (held["unclear"], held["spent"]) == (CREDITS, 0)
    assert wait_until(lambda: sdk.tasks.retrieve(task_id).status == "FAILED", "the resolution")
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_lost_answer_is_not_sent_again(sdk: RunwayML, mock: Mock, gateway: Gateway) -> None:
    text, books = new_text("[[lose-answer:502]]"), Books(gateway, mock)

    task_id = create(sdk, text)

    assert len(mock.creates(text)) == 1
    assert books.held() == CREDITS
    gateway.post(f"tasks/{task_id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_only_an_unclear_task_can_be_resolved(
    gateway: Gateway, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    task_id = create(sdk)

    answer = gateway.admin.post(
        f"/admin/v1/tasks/{task_id}/resolution", json={"charged": 0, "reason": "an error"}
    )

    assert answer.status_code == 409
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_unclear_money_counts_against_the_budget(gateway: Gateway, books: Books) -> None:
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": CREDITS}])

    with sdk_of(gateway, team) as sdk:
        task_id = create(sdk, new_text("[[lose-answer]]"))
        with pytest.raises(APIStatusError) as refused:
            create(sdk)

    assert refused.value.status_code == 402
    gateway.post(f"tasks/{task_id}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    assert books.settled() == Bill(creates=1, charged=CREDITS)

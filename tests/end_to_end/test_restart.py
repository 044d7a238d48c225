"""What a gateway leaves behind when it is killed, the next one on the same folder goes on with."""

import os
import signal
from pathlib import Path

import pytest
import runwayml

from gateway.records.leases import FOLLOWING
from tests.end_to_end.clips import CREDITS, create, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, running_gateway, started_gateway
from tests.support.mock import Mock
from tests.support.sdk import sdk_of
from tests.support.stores import free_port
from tests.support.waiting import wait_until


def test_a_killed_gateway_comes_back_with_its_tasks_spend_and_budgets(mock: Mock, tmp_path: Path) -> None:
    limits = [{"measure": "credits", "per": "total", "amount": 3 * CREDITS}]

    with running_gateway(tmp_path, mock) as first:
        team, books = first.add_team(limits=limits), Books(first, mock)
        with sdk_of(first, team) as sdk:
            done = create(sdk)
            mock.advance()
            books.settled()
            running, unclear = create(sdk), create(sdk, new_text("[[lose-answer]]"))
        before = first.usage(team.id)
        first.program.kill()

    with running_gateway(tmp_path, mock) as second, sdk_of(second, team) as sdk:
        after = second.usage(team.id)
        shown = [sdk.tasks.retrieve(task).status for task in (done, running, unclear)]
        with pytest.raises(runwayml.APIStatusError) as refused:
            create(sdk)
        mock.advance()
        wait_until(lambda: sdk.tasks.retrieve(running).status == "SUCCEEDED", "the task of before")
        settled = second.usage(team.id)

    assert after == before
    assert shown == ["SUCCEEDED", "PENDING", "RUNNING"]
    assert refused.value.status_code == 402
    assert (settled["spent"], settled["unclear"], settled["reserved"]) == (2 * CREDITS, CREDITS, 0)


def test_what_a_gateway_followed_the_next_one_follows_at_once(mock: Mock, tmp_path: Path) -> None:
    with running_gateway(tmp_path, mock) as first:
        team = first.add_team()
        with sdk_of(first, team) as sdk:
            running = create(sdk)
        wait_until(lambda: _polls(mock) > 0, "the first reading")
    mock.advance()

    with running_gateway(tmp_path, mock) as second, sdk_of(second, team) as sdk:
        wait_until(
            lambda: sdk.tasks.retrieve(running).status == "SUCCEEDED",
            "the task of before",
            seconds_max=FOLLOWING.total_seconds() / 2,
        )


def _polls(mock: Mock) -> int:
    """Tell how often the newest task was read."""
    (newest,) = mock.control.get("/_mock/tasks", params={"last": 1}).raise_for_status().json()["data"]
    return int(newest["polls"])


def test_a_create_that_was_under_way_when_the_gateway_was_killed_is_never_sent_again(
    mock: Mock, tmp_path: Path
) -> None:
    with running_gateway(tmp_path, mock) as first:
        team, books = first.add_team(), Books(first, mock)
        impatient = sdk_of(first, team, timeout=1, max_retries=0)
        with impatient as sdk, pytest.raises(runwayml.APITimeoutError):
            create(sdk, new_text("[[slow:60]]"))
        first.program.kill()

    with running_gateway(tmp_path, mock) as second:
        wait_until(
            lambda: second.tasks(team.id)[0]["stage"] == "unclear",
            "the end of what a dead process was sending",
            seconds_max=FOLLOWING.total_seconds() / 2,
        )
        held = second.usage(team.id)["unclear"]

    assert held == CREDITS
    assert books.billed() == Bill(creates=1, charged=CREDITS)


def test_what_a_killed_worker_was_sending_is_unclear_as_soon_as_another_one_serves(
    mock: Mock, tmp_path: Path
) -> None:
    with running_gateway(tmp_path, mock) as gateway:
        team = gateway.add_team()
        with (
            sdk_of(gateway, team, timeout=1, max_retries=0) as sdk,
            pytest.raises(runwayml.APITimeoutError),
        ):
            create(sdk, new_text("[[slow:60]]"))
        [worker] = gateway.workers()

        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: gateway.workers() - {worker}, "another worker")

        wait_until(
            lambda: gateway.tasks(team.id)[0]["stage"] == "unclear",
            "the end of what a dead worker was sending",
            seconds_max=FOLLOWING.total_seconds() / 2,
        )


def test_a_second_gateway_on_the_same_folder_is_refused_and_told_who_is_there(
    gateway: Gateway, mock: Mock
) -> None:
    with started_gateway(gateway.folder, mock) as second:
        code, said = second.exit_code(), second.said()

    assert code == 1
    assert str(gateway.program.pid) in said


def test_a_gateway_that_is_its_own_upstream_is_refused(tmp_path: Path) -> None:
    port = free_port()

    with started_gateway(tmp_path, f"http://localhost:{port}", port=port) as gateway:
        code, said = gateway.exit_code(), gateway.said()

    assert code == 1
    assert "is the gateway itself" in said


def test_a_gateway_without_a_key_of_runways_is_refused(tmp_path: Path) -> None:
    with started_gateway(tmp_path, "", environment={"RUNWAYML_API_SECRET": ""}) as gateway:
        code, said = gateway.exit_code(), gateway.said()

    assert code == 1
    assert "RUNWAYML_API_SECRET" in said

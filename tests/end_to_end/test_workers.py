"""Two workers on the embedded stores decide and count as one."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.end_to_end.clips import CREDITS, clip, create
from tests.end_to_end.contests import (
    PARALLEL,
    creates_at_once,
    fifty_alike_are_paid_once,
    two_of_fifty_are_admitted,
)
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, running_gateway, started_gateway
from tests.support.mock import Mock
from tests.support.sdk import sdk_of
from tests.support.stores import running_valkey
from tests.support.waiting import wait_until

HEEDED_SECONDS_MAX = 10.0
"""A small part of what a worker may take to start."""


@pytest.fixture(scope="module")
def gateway(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running_gateway(tmp_path_factory.mktemp("workers"), mock, workers=2) as gateway:
        yield gateway


async def test_the_budget_holds_across_workers(gateway: Gateway, mock: Mock) -> None:
    await two_of_fifty_are_admitted(gateway, mock)


async def test_identical_creates_are_paid_once_across_workers(gateway: Gateway, mock: Mock) -> None:
    await fifty_alike_are_paid_once(gateway, mock)


async def test_the_metrics_of_all_workers_add_up(gateway: Gateway, mock: Mock, books: Books) -> None:
    before = gateway.metrics()
    team = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": 3 * CREDITS}])

    await creates_at_once(gateway, [team], [clip() for _ in range(PARALLEL)])
    mock.advance()
    bill = books.settled()

    after = gateway.metrics()
    counted = {
        name: after.total(name, team=team.id) - before.total(name, team=team.id)
        for name in ("creates_total", "refusals_total", "credits_spent_total", "credits_reserved_total")
    }
    assert bill == Bill(creates=3, charged=3 * CREDITS)
    assert counted == {
        "creates_total": 3,
        "refusals_total": PARALLEL - 3,
        "credits_spent_total": 3 * CREDITS,
        "credits_reserved_total": 3 * CREDITS,
    }


def test_every_worker_shows_what_another_one_settled(gateway: Gateway, mock: Mock, books: Books) -> None:
    team = gateway.add_team()
    with sdk_of(gateway, team) as sdk:
        task_id = create(sdk)
    mock.advance()
    books.settled()

    wait_until(
        lambda: {_status(gateway, team.secret, task_id) for _ in range(20)} == {"SUCCEEDED"},
        "the news",
    )


def test_a_revoked_key_is_refused_by_every_worker(gateway: Gateway) -> None:
    team = gateway.add_team()
    gateway.admin.delete(f"/admin/v1/keys/{team.key_id}").raise_for_status()

    wait_until(lambda: {_organization(gateway, team.secret) for _ in range(20)} == {401}, "the news")


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(
    gateway: Gateway, mock: Mock, books: Books
) -> None:
    team = gateway.add_team()
    with sdk_of(gateway, team) as sdk:
        task_id = create(sdk)
        before = gateway.workers()

        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda: len(gateway.workers() - before) == 1, "another worker")
        shown = sdk.tasks.retrieve(task_id).status

    assert shown == "PENDING"
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_stop_waits_for_no_worker_that_hangs_at_its_start(tmp_path: Path) -> None:
    with (
        running_valkey(tmp_path / "valkey") as valkey,
        started_gateway(
            tmp_path / "gateway", "http://127.0.0.1:1", environment={"GATEWAY_REDIS_URL": valkey.url}
        ) as program,
    ):
        program.addresses(2)
        [before] = program.children("gateway.worker")
        with valkey.frozen():
            os.kill(before, signal.SIGKILL)
            wait_until(lambda: program.children("gateway.worker") - {before}, "a worker that finds no ledger")
            begin = monotonic()

            program.stop()

            assert monotonic() - begin < HEEDED_SECONDS_MAX


def _status(gateway: Gateway, secret: str, task_id: str) -> str:
    """Ask on a connection of its own, so that any worker may answer."""
    return str(_get(gateway, secret, f"/v1/tasks/{task_id}").json()["status"])


def _organization(gateway: Gateway, secret: str) -> int:
    return _get(gateway, secret, "/v1/organization").status_code


def _get(gateway: Gateway, secret: str, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}", "X-Runway-Version": "2024-11-06"}
    return httpx.get(gateway.url + path, headers=headers, trust_env=False)

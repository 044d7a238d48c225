"""The main job with the official SDK, synchronous and asynchronous, with only address and key changed."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from runwayml import AsyncRunwayML, NotFoundError, RunwayML, TaskFailedError

from tests.end_to_end.clips import CREDITS, clip, create, estimate_of, new_text
from tests.support.books import Bill, Books
from tests.support.films import Film, download, film
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.programs import PATH
from tests.support.sdk import async_sdk_of
from tests.support.waiting import wait_until

QUICK_START = Path(__file__).parent / "quick_start.py"
LANDSCAPE = Film(1280, 720, 5.0)
PORTRAIT = Film(720, 1280, 5.0)


@pytest.fixture
async def async_sdk(gateway: Gateway, team: Team) -> AsyncIterator[AsyncRunwayML]:
    async with async_sdk_of(gateway, team) as sdk:
        yield sdk


def test_a_clip_is_created_awaited_downloaded_and_paid(sdk: RunwayML, mock: Mock, books: Books) -> None:
    created = sdk.image_to_video.create(**clip())
    mock.advance()

    task = created.wait_for_task_output(timeout=60)

    assert estimate_of(created) == CREDITS
    assert task.status == "SUCCEEDED"
    assert task.cost.credits == CREDITS
    assert film(download(task.output[0])) == LANDSCAPE
    assert books.settled() == Bill(creates=1, charged=CREDITS)


async def test_a_clip_is_created_awaited_downloaded_and_paid_asynchronously(
    async_sdk: AsyncRunwayML, mock: Mock, books: Books
) -> None:
    created = await async_sdk.image_to_video.create(**clip(ratio="720:1280"))
    mock.advance()

    task = await created.wait_for_task_output(timeout=60)

    assert task.status == "SUCCEEDED"
    assert film(download(task.output[0])) == PORTRAIT
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_failed_task_raises_what_the_sdk_raises_for_it(sdk: RunwayML, mock: Mock, books: Books) -> None:
    created = sdk.image_to_video.create(**clip(new_text("[[fail:SAFETY.INPUT.TEXT]]")))
    mock.advance()

    with pytest.raises(TaskFailedError) as raised:
        created.wait_for_task_output(timeout=60)

    assert raised.value.task_details.status == "FAILED"
    assert raised.value.task_details.failure_code == "SAFETY.INPUT.TEXT"
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_task_shows_what_runway_shows_while_it_runs(sdk: RunwayML, mock: Mock, books: Books) -> None:
    task_id = create(sdk)
    first = sdk.tasks.retrieve(task_id)
    mock.advance(7)

    wait_until(lambda: sdk.tasks.retrieve(task_id).status == "RUNNING", "running")

    running = sdk.tasks.retrieve(task_id)
    assert first.status == "PENDING"
    assert running.status == "RUNNING"
    assert running.progress == 0.5
    assert running.estimated_cost.credits == CREDITS
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_deleted_task_is_gone_for_its_team(sdk: RunwayML, mock: Mock, books: Books) -> None:
    task_id = create(sdk)
    mock.advance()
    books.settled()

    sdk.tasks.delete(task_id)

    with pytest.raises(NotFoundError):
        sdk.tasks.retrieve(task_id)
    with pytest.raises(NotFoundError):
        sdk.tasks.delete(task_id)
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_an_upload_may_be_used_by_its_team(sdk: RunwayML, mock: Mock, books: Books) -> None:
    text = new_text()

    upload = sdk.uploads.create_ephemeral(file=("first.png", bytes(1024)))
    create(sdk, text, prompt_image=upload.uri)

    (asked,) = mock.requests(text)
    assert upload.uri.startswith("runway://")
    assert asked["body"]["promptImage"] == upload.uri
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


async def test_an_upload_may_be_used_asynchronously(
    async_sdk: AsyncRunwayML, mock: Mock, books: Books
) -> None:
    upload = await async_sdk.uploads.create_ephemeral(file=("first.png", bytes(1024)))

    await async_sdk.image_to_video.create(**clip(prompt_image=upload.uri))

    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_the_organization_shows_a_team_its_own_balance_limits_and_use(gateway: Gateway, mock: Mock) -> None:
    limits = [
        {"measure": "credits", "per": "day", "amount": 60},
        {"measure": "generations", "per": "day", "amount": 9},
        {"measure": "running", "amount": 4},
    ]
    team = gateway.add_team(models=["gen4*"], limits=limits)
    books = Books(gateway, mock)

    with RunwayML(api_key=team.secret, base_url=gateway.url) as sdk:
        create(sdk)
        seen = sdk.organization.retrieve()

    allowed = seen.tier.models["gen4_turbo"]
    assert seen.credit_balance == 60 - CREDITS
    assert (allowed.max_concurrent_generations, allowed.max_daily_generations) == (4, 9)
    assert "veo3.1" not in seen.tier.models
    assert seen.usage.models["gen4_turbo"].daily_generations == 1
    mock.advance()
    books.settled()


def test_a_quick_start_script_works_with_only_address_and_key_changed(
    gateway: Gateway, team: Team, mock: Mock, books: Books, tmp_path: Path
) -> None:
    environment = {"PATH": PATH, "RUNWAYML_BASE_URL": gateway.url, "RUNWAYML_API_SECRET": team.secret}

    script = subprocess.Popen(
        [sys.executable, str(QUICK_START)], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: books.billed().creates == 1, "the script's create")
    mock.advance()
    said, _ = script.communicate(timeout=60)

    assert script.returncode == 0
    assert film(download(said.strip())) == LANDSCAPE
    assert books.settled() == Bill(creates=1, charged=CREDITS)

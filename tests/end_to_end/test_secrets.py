"""Canaries: what is secret or private is in no log line and in no metric."""

from contextlib import suppress
from typing import Any

import pytest
from runwayml import APIError, RunwayML

from tests.end_to_end.clips import CREDITS, clip, create
from tests.support.books import Books
from tests.support.gateway import ADMIN_KEY, Gateway, Team
from tests.support.mock import UPSTREAM_KEY, Mock
from tests.support.sdk import sdk_of

PROMPT = "canaryprompt"
IMAGE = "https://canaryhost.example/first.png"
HEADERS = {"Idempotency-Key": "canarykey", "X-Gateway-Labels": "shot=canarylabel"}
CANARIES = {PROMPT, "canaryhost", "canarykey", "canarylabel", "canarystranger", ADMIN_KEY, UPSTREAM_KEY}

REQUESTS: dict[str, dict[str, Any]] = {
    "good": clip(PROMPT, prompt_image=IMAGE, extra_headers=HEADERS),
    "failing": clip(f"{PROMPT} [[fail:INTERNAL]]", prompt_image=IMAGE),
    "refused by Runway": clip(f"{PROMPT} [[refuse:400]]", prompt_image=IMAGE),
    "invalid": clip(PROMPT * 100, prompt_image=PROMPT, ratio=PROMPT),
    "of an unknown model": clip(PROMPT, model=PROMPT),
}


def test_no_log_line_and_no_metric_holds_a_secret_or_a_prompt(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    created = [_try(sdk, request) for request in REQUESTS.values()]
    with sdk_of(gateway, Team("nobody", "rwgw_canarystranger", "")) as stranger:
        _try(stranger, REQUESTS["good"])
    unclear = create(sdk, f"{PROMPT} [[lose-answer]]", prompt_image=IMAGE)
    gateway.post(f"tasks/{unclear}/resolution", {"charged": CREDITS, "reason": "seen on the usage page"})
    mock.advance()
    books.settled()
    task = sdk.tasks.retrieve(str(created[0]))
    assert task.status == "SUCCEEDED"
    signature = task.output[0].rpartition("_jwt=")[2]

    written = gateway.program.said() + gateway.metrics().text

    assert team.id in written
    assert [canary for canary in {*CANARIES, team.secret, signature} if canary in written] == []


def test_a_key_is_shown_once(gateway: Gateway, team: Team) -> None:
    listed = gateway.admin.get("/admin/v1/keys", params={"team": team.id}).text
    shown = gateway.admin.get(f"/admin/v1/keys/{team.key_id}").text
    changes = gateway.admin.get("/admin/v1/audit").text

    assert team.key_id in listed
    assert team.secret not in listed + shown + changes


def test_administration_shows_tasks_without_prompts_and_outputs(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    create(sdk, PROMPT, prompt_image=IMAGE)
    mock.advance()
    books.settled()

    shown = gateway.admin.get("/admin/v1/tasks", params={"team": team.id}).text

    assert "gen4_turbo" in shown
    assert [canary for canary in (PROMPT, "canaryhost", "_jwt") if canary in shown] == []


@pytest.mark.parametrize("file", ["var/gateway.db", "var/gateway.db-wal"])
def test_keys_are_stored_as_hashes_alone(gateway: Gateway, team: Team, file: str) -> None:
    stored = (gateway.folder / file).read_bytes()

    assert team.secret.encode() not in stored
    assert ADMIN_KEY.encode() not in stored
    assert UPSTREAM_KEY.encode() not in stored


def _try(sdk: RunwayML, request: dict[str, Any]) -> str | None:
    with suppress(APIError):
        return sdk.image_to_video.create(**request).id
    return None

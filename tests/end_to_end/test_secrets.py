"""Canaries: what is secret or private is in no log line, no metric and no error, and not kept for long."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from runwayml import APIError, RunwayML

from tests.end_to_end import keeping
from tests.end_to_end.clips import CREDITS, clip, create
from tests.support.books import Books
from tests.support.canaries import CANARY
from tests.support.dumps import dump_files, dump_sqlite, dump_valkey, places
from tests.support.gateway import ADMIN_KEY, Gateway, Team, running_gateway
from tests.support.mock import UPSTREAM_KEY, Mock
from tests.support.programs import Program
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

PATH = "/v1/image_to_video"
BODY = {
    "model": "gen4_turbo",
    "promptImage": IMAGE,
    "promptText": PROMPT,
    "ratio": "1280:720",
    "duration": 5,
}
SENT_WRONGLY: list[dict[str, Any]] = [
    {"json": BODY | {"promptText": PROMPT * 100, "ratio": PROMPT}},
    {"json": BODY | {"model": PROMPT}},
    {"json": BODY | {"duration": PROMPT, "seed": [PROMPT]}},
    {"json": BODY | {"promptImage": PROMPT}},
    {"json": BODY | {"promptImage": f"runway://{PROMPT}"}},
    {"json": [BODY]},
    {"content": f'{{"promptText": "{PROMPT}\\ud800"}}'},
    {"content": f'{{"promptText": "{PROMPT}'},
    {"content": PROMPT},
    *({"json": BODY, "headers": {name: PROMPT * 30}} for name in ("Idempotency-Key", "X-Gateway-Labels")),
    *({"json": BODY, "headers": {f"X-Gateway-{name}": PROMPT}} for name in ("Cache", "Priority", "Hop")),
    {"json": BODY, "headers": {"X-Runway-Version": PROMPT}},
    {"json": BODY, "headers": {"Content-Encoding": PROMPT}},
    {"json": BODY, "headers": {"Authorization": f"Bearer {PROMPT}"}},
    {"json": BODY, "headers": {"Authorization": PROMPT}},
    {"url": f"/v1/tasks/{PROMPT}", "method": "GET"},
    {"url": f"/v1/tasks/{PROMPT}", "method": "DELETE"},
    {"url": f"/v1/{PROMPT}", "json": BODY},
    {"url": f"/admin/v1/keys/{PROMPT}", "method": "GET"},
    {"url": f"/admin/v1/teams?cursor={PROMPT}", "method": "GET"},
    {"url": f"/{PROMPT}", "json": BODY},
]
DATABASE = "var/gateway.db"


@pytest.mark.parametrize("secret", ["a-canary", "rwgw_" + "a" * 48, "https://a.example/?_jwt=a"])
def test_a_program_that_tells_a_secret_is_caught(tmp_path: Path, secret: str) -> None:
    program = Program(f"there is no module {secret}", folder=tmp_path)

    with pytest.raises(AssertionError, match="it told what is secret"):
        program.exit_code()


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


def test_no_other_user_reads_what_a_gateway_writes(gateway: Gateway) -> None:
    var = gateway.folder / "var"
    written = [var, *var.rglob("*")]

    assert DATABASE in {str(path.relative_to(gateway.folder)) for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []


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


def test_the_stores_keep_what_is_asked_for_until_it_is_answered_and_no_key_ever(
    mock: Mock, tmp_path: Path
) -> None:
    with running_gateway(tmp_path, mock) as gateway:
        valkey = f"unix://{tmp_path}/var/valkey/valkey.sock"
        kept = keeping.play(gateway, mock, lambda: dump_sqlite(tmp_path / DATABASE) | dump_valkey(valkey))

    left = {name: places(dump_files(tmp_path), secret) for name, secret in kept.secrets.items()}
    assert (kept.waiting, kept.running) == (keeping.WHILE_IT_WAITS, keeping.WHILE_IT_RUNS)
    assert kept.done == keeping.FOR_GOOD
    assert {name for name, files in left.items() if files} == set(keeping.FOR_GOOD)
    assert set.union(*left.values()) == {DATABASE}


def test_no_error_repeats_what_was_sent(gateway: Gateway, team: Team) -> None:
    headers = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
    with httpx.Client(base_url=gateway.url, headers=headers, trust_env=False) as wire:
        answers = [wire.request(**{"method": "POST", "url": PATH} | sent) for sent in SENT_WRONGLY]

    assert {answer.status_code for answer in answers} == {400, 401, 403, 404}
    assert not [told for told in map(_told, answers) if CANARY in told or team.secret in told]


def test_no_refusal_by_a_limit_repeats_what_was_sent(gateway: Gateway, mock: Mock, books: Books) -> None:
    poor = gateway.add_team(limits=[{"measure": "credits", "per": "day", "amount": 1}])
    narrow = gateway.add_team(models=["gen4.5"])
    again = gateway.add_team()

    def refused(team: Team, text: str = PROMPT) -> httpx.Response:
        headers = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
        return httpx.post(
            f"{gateway.url}{PATH}",
            json=BODY | {"promptText": text},
            headers=headers | {"Idempotency-Key": "canarykey"},
            trust_env=False,
        )

    refused(again, f"{PROMPT} of another request")
    answers = [refused(team) for team in (poor, narrow, again)]

    mock.advance()
    books.settled()
    assert [answer.status_code for answer in answers] == [402, 403, 422]
    assert not [told for told in map(_told, answers) if CANARY in told]


def _told(answer: httpx.Response) -> str:
    """All of an answer."""
    return f"{answer.headers} {answer.text}"


def _try(sdk: RunwayML, request: dict[str, Any]) -> str | None:
    with suppress(APIError):
        return sdk.image_to_video.create(**request).id
    return None

"""A first look: two teams, the official SDK, the mock server, and a bill that agrees with Runway's."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from runwayml import APIStatusError, RunwayML, TaskFailedError

PARALLEL = 50
SETTLE_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
ADMIN_KEY = "rwadm_of_the_demo_which_is_no_secret"
UPSTREAM_KEY = "demo-project"
UNLIMITED_TIER = "unlimited"
MOCK_SPEED = "20"
"""The mock's clock runs twenty times as fast, so that a video takes a few seconds."""
ADDRESS = re.compile(r"(http://[\d.]+:\d+)")
SAMPLE = re.compile(r"^(\w+?)(?:\{(.*)\})? ([\d.e+-]+)$", re.MULTILINE)
FRAME = "https://example.com/first-frame.png"

VIDEO = {"model": "gen4_turbo", "prompt_image": FRAME, "ratio": "1280:720", "duration": 5, "seed": 7}
IMAGE = {"model": "gen4_image", "prompt_text": "a lighthouse at dusk", "ratio": "1920:1080"}


class DemoFailed(Exception):
    """Something differs from what it should be; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What runs while the demo plays."""

    gateway: str
    metrics: str
    mock: str
    admin: httpx.Client
    say: Callable[[str], None]

    def client(self, team: str) -> RunwayML:
        """Give a team a key and make the official SDK's client, which differs in base URL and key alone."""
        made = self.admin.post("/admin/v1/keys", json={"team": team, "label": "demo"})
        return RunwayML(base_url=self.gateway, api_key=made.raise_for_status().json()["secret"])

    def add_team(self, team: str, credits: int) -> None:
        limit = {"measure": "credits", "per": "day", "amount": credits}
        body = {"id": team, "name": team.title(), "policy": {"limits": [limit]}}
        self.admin.post("/admin/v1/teams", json=body).raise_for_status()


def play(folder: Path, *, say: Callable[[str], None], then: Callable[[Scene], None]) -> None:
    """Start mock and gateway, play the scenario, check the bill, and go on as `then` says.

    Raises DemoFailed.
    """
    mock_words = ("mock_server", "--port", "0", "--speed", MOCK_SPEED, "--tier", UNLIMITED_TIER)
    with _started(*mock_words, addresses=1, environment={}) as (mock,):
        words = ("gateway", "serve", "--port", "0", "--metrics-port", "0", "--var", str(folder))
        settings = {
            "RUNWAYML_BASE_URL": mock,
            "RUNWAYML_API_SECRET": UPSTREAM_KEY,
            "GATEWAY_ADMIN_KEY": ADMIN_KEY,
        }
        with _started(*words, addresses=2, environment=settings) as (metrics, gateway):
            bearer = {"Authorization": f"Bearer {ADMIN_KEY}"}
            with httpx.Client(base_url=gateway, headers=bearer, timeout=30) as admin:
                scene = Scene(gateway=gateway, metrics=metrics, mock=mock, admin=admin, say=say)
                _scenario(scene)
                _check_bill(scene)
                then(scene)


def _scenario(scene: Scene) -> None:
    scene.say("Two teams: ads with 500 credits a day, film with 60.")
    scene.add_team("ads", 500)
    scene.add_team("film", 60)
    ads, film = scene.client("ads"), scene.client("film")

    scene.say("ads makes a video and an image with the official SDK …")
    video = ads.image_to_video.create(**_any(VIDEO)).wait_for_task_output()
    ads.text_to_image.create(**_any(IMAGE)).wait_for_task_output()
    _check_output(_any(video).output[0])

    scene.say("film asks for the same video with the same seed: shared, not paid again.")
    shared = film.image_to_video.with_raw_response.create(**_any(VIDEO))
    _expect("the identical seeded request", shared.headers["x-gateway-cache"], "hit")

    scene.say("A task of ads fails: its credits come back.")
    failing = _any(VIDEO | {"seed": 8, "prompt_text": "[[fail:INTERNAL.BAD_OUTPUT.01]]"})
    try:
        ads.image_to_video.create(**failing).wait_for_task_output()
    except TaskFailedError:
        pass
    else:
        raise DemoFailed("a task that was to fail succeeded")

    scene.say(f"film sends {PARALLEL} videos of 25 credits at once; its 60 credits pay for 2.")
    _expect("admitted", _parallel(film), (2, PARALLEL - 2))


def _parallel(client: RunwayML) -> tuple[int, int]:
    """Send many unseeded creates at once; count those admitted and those refused over budget."""
    unseeded = _any({name: value for name, value in VIDEO.items() if name != "seed"})

    def status(_: int) -> int:
        try:
            client.image_to_video.create(**unseeded)
        except APIStatusError as refusal:
            return refusal.status_code
        return 200

    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = list(threads.map(status, range(PARALLEL)))
    return statuses.count(200), statuses.count(402)


def _check_bill(scene: Scene) -> None:
    """Compare three accounts of the same money: teams' usage, the mock's audit, and the metrics."""
    rows = _settled_usage(scene)
    _print_bill(scene, rows)
    audit = httpx.get(f"{scene.mock}/_mock/audit").raise_for_status().json()
    spent = sum(row["spent"] for row in rows)
    _expect("the mock's audit", audit["balanced"], wanted=True)
    _expect("spent by teams and charged by Runway", spent, audit["charged"] - audit["refunded"])
    told = _samples(scene)
    _expect("spent by the metrics", told["runway_gateway_credits_spent_total"], spent)
    _expect("saved by the metrics", told["runway_gateway_credits_saved_total"], sum(r["saved"] for r in rows))
    differences = told.get("runway_gateway_price_differences_total", 0)
    _expect("prices that differ from Runway's", differences, 0)
    scene.say("The teams' bill, Runway's charges and the metrics agree.")


def _settled_usage(scene: Scene) -> list[dict[str, Any]]:
    """Read usage by team once nothing is reserved any more."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        usage = scene.admin.get("/admin/v1/usage", params={"by": "team"}).raise_for_status()
        rows: list[dict[str, Any]] = usage.json()["data"]
        if not any(row["reserved"] for row in rows):
            return rows
        if time.monotonic() > deadline:
            raise DemoFailed("some tasks were not settled in time")
        time.sleep(0.5)


def _print_bill(scene: Scene, rows: list[dict[str, Any]]) -> None:
    columns = ("team", "generations", "spent", "refunded", "saved")
    scene.say("")
    scene.say("  ".join(f"{name:>11}" for name in columns))
    for row in sorted(rows, key=lambda row: str(row["team"])):
        scene.say("  ".join(f"{row[name]:>11}" for name in columns))
    scene.say("")


def _samples(scene: Scene) -> dict[str, float]:
    """Read metrics, summed over their labels."""
    sums: dict[str, float] = {}
    for name, _, value in SAMPLE.findall(httpx.get(f"{scene.metrics}/metrics").raise_for_status().text):
        sums[name] = sums.get(name, 0.0) + float(value)
    return sums


def _check_output(url: str) -> None:
    output = httpx.get(url).raise_for_status()
    _expect("the output's type", output.headers["content-type"], "video/mp4")


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise DemoFailed(f"{what}: {found}, but it should be {wanted}")


def _any(value: object) -> Any:  # noqa: ANN401 - the SDK's overloads want literals
    return value


@contextmanager
def _started(module: str, *words: str, addresses: int, environment: dict[str, str]) -> Iterator[list[str]]:
    """Run one of our programs for a while; yields the addresses that it says it listens on."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("RUNWAYML_", "GATEWAY_"))
    }
    program = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", module, *words],
        env=clean | environment,
        stdout=subprocess.DEVNULL if module == "gateway" else subprocess.PIPE,
        stderr=subprocess.PIPE if module == "gateway" else subprocess.DEVNULL,
        text=True,
    )
    lines = program.stderr or program.stdout
    assert lines is not None, "one of the streams is a pipe"
    try:
        found: list[str] = []
        said: list[str] = []
        while len(found) < addresses and (line := lines.readline()):
            said.append(line)
            found += [match[1] for match in [ADDRESS.search(line)] if match]
        if len(found) < addresses:
            raise DemoFailed(f"{module} did not start:\n{''.join(said)}")
        Thread(target=lines.read, daemon=True).start()
        yield found
    finally:
        program.terminate()
        program.wait(STOP_SECONDS_MAX)

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
from runwayml import (
    APIStatusError,
    DefaultHttpxClient,
    RunwayML,
    RunwayMLError,
    TaskFailedError,
    TaskTimeoutError,
)

PARALLEL = 50
TASKS_MAX = 100
"""More than the scenario makes."""
PRICE_RATIO = "runway_gateway_price_ratio"
ANSWER_SECONDS_MAX = 180
"""The mock renders a film while its first download waits: seconds here, a minute on a busy small machine."""
SETTLE_SECONDS_MAX = 180
STOP_SECONDS_MAX = 60
ADMIN_KEY = "rwadm_of_the_demo_which_is_no_secret"
UPSTREAM_KEY = "demo-project"
UNLIMITED_TIER = "unlimited"
MOCK_SPEED = "20"
"""The mock's clock runs twenty times as fast, so that a video takes a few seconds."""
ADDRESS = re.compile(r"(http://[\d.]+:\d+)")
SAMPLE = re.compile(r"^(\w+?)(?:\{(.*)\})? ([\d.e+-]+)$", re.MULTILINE)
NOT_OURS = ("RUNWAYML_", "GATEWAY_")
"""What a shell holds for real work: another address, another key, other headers."""
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
    anyone: httpx.Client
    say: Callable[[str], None]

    def key(self, team: str) -> str:
        """Make a key for a team."""
        made = self.admin.post("/admin/v1/keys", json={"team": team, "label": "demo"})
        secret: str = made.raise_for_status().json()["secret"]
        return secret

    def client(self, team: str) -> RunwayML:
        """Make the official SDK's client for a team, which differs in base URL and key alone."""
        direct = DefaultHttpxClient(trust_env=False)
        return RunwayML(base_url=self.gateway, api_key=self.key(team), http_client=direct)

    def add_team(self, team: str, credits: int) -> None:
        limit = {"measure": "credits", "per": "day", "amount": credits}
        body = {"id": team, "name": team.title(), "policy": {"limits": [limit]}}
        self.admin.post("/admin/v1/teams", json=body).raise_for_status()


def play(folder: Path, *, say: Callable[[str], None], then: Callable[[Scene], None]) -> None:
    """Start mock and gateway, play the scenario, check the bill, and go on as `then` says.

    Raises DemoFailed.
    """
    _forget_the_shell()
    mock_words = ("mock_server", "--port", "0", "--speed", MOCK_SPEED, "--tier", UNLIMITED_TIER)
    with _started(*mock_words, addresses=1, environment={}) as (mock,):
        words = ("gateway", "serve", "--port", "0", "--metrics-port", "0", "--var", str(folder))
        settings = {
            "RUNWAYML_BASE_URL": mock,
            "RUNWAYML_API_SECRET": UPSTREAM_KEY,
            "GATEWAY_ADMIN_KEY": ADMIN_KEY,
        }
        with (
            _started(*words, addresses=2, environment=settings) as (metrics, gateway),
            _http(base_url=gateway, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as admin,
            _http() as anyone,
        ):
            scene = Scene(gateway=gateway, metrics=metrics, mock=mock, admin=admin, anyone=anyone, say=say)
            with calls_that_may_fail():
                _scenario(scene)
                _check_bill(scene)
                then(scene)


def tell_how_to_go_on(scene: Scene) -> None:
    """Say what a team and an administrator paste into a shell; the demo's keys are no secret."""
    gateway = f"{sys.executable} -m gateway"
    scene.say(f"""
All of it keeps running; Ctrl-C ends it. In another terminal, as the team ads:

  export RUNWAYML_BASE_URL={scene.gateway}
  export RUNWAYML_API_SECRET={scene.key("ads")}
  curl "$RUNWAYML_BASE_URL/v1/text_to_image" -H "Authorization: Bearer $RUNWAYML_API_SECRET" \\
    -H "X-Runway-Version: 2024-11-06" -H "Content-Type: application/json" \\
    -d '{{"model": "gen4_image", "promptText": "a lighthouse at dusk", "ratio": "1920:1080"}}'

As the administrator:

  export GATEWAY_URL={scene.gateway}
  export GATEWAY_ADMIN_KEY={ADMIN_KEY}
  {gateway} usage

Administration explained: {scene.gateway}/docs
Metrics:                  {scene.metrics}/metrics
What the mock server saw: {scene.mock}/_mock/ui (its key: {UPSTREAM_KEY})""")


def _scenario(scene: Scene) -> None:
    scene.say("Two teams: ads with 500 credits a day, film with 60.")
    scene.add_team("ads", 500)
    scene.add_team("film", 60)
    ads, film = scene.client("ads"), scene.client("film")

    scene.say("ads makes a video and an image with the official SDK …")
    video = ads.image_to_video.create(**_any(VIDEO)).wait_for_task_output(SETTLE_SECONDS_MAX)
    ads.text_to_image.create(**_any(IMAGE)).wait_for_task_output(SETTLE_SECONDS_MAX)
    _check_output(scene, _any(video).output[0])

    scene.say("film asks for the same video with the same seed: shared, not paid again.")
    shared = film.image_to_video.with_raw_response.create(**_any(VIDEO))
    _expect("the identical seeded request", shared.headers["x-gateway-cache"], "hit")

    scene.say("A task of ads fails: its credits come back.")
    failing = _any(VIDEO | {"seed": 8, "prompt_text": "[[fail:INTERNAL.BAD_OUTPUT.01]]"})
    try:
        ads.image_to_video.create(**failing).wait_for_task_output(SETTLE_SECONDS_MAX)
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
    rows = [row | {"charged": charge} for row, charge in _with_charges(scene, _settled_usage(scene))]
    _print_bill(scene, rows)
    _check_prices(scene)
    for row in rows:
        _expect(f"spent by {row['team']} and charged by Runway for it", row["spent"], row["charged"])
    audit = scene.anyone.get(f"{scene.mock}/_mock/audit").raise_for_status().json()
    spent = sum(row["spent"] for row in rows)
    _expect("the mock's audit", audit["balanced"], wanted=True)
    _expect("spent by teams and charged by Runway", spent, audit["charged"] - audit["refunded"])
    saved = sum(row["saved"] for row in rows)
    told = _samples(scene)
    _expect("spent by the metrics", told.get("runway_gateway_credits_spent_total"), spent)
    _expect("saved by the metrics", told.get("runway_gateway_credits_saved_total"), saved)
    scene.say("Each team's bill, what Runway charged for its tasks, Runway's own sum and the metrics agree.")


def _check_prices(scene: Scene) -> None:
    """Name every model for which Runway asked another price than the gateway's book."""
    page = scene.anyone.get(f"{scene.metrics}/metrics").raise_for_status().text
    ratios = {labels: ratio for name, labels, ratio in SAMPLE.findall(page) if name == PRICE_RATIO}
    told = "; ".join(
        f"{labels}: Runway asked {ratio} times the book's price" for labels, ratio in ratios.items()
    )
    if told:
        raise DemoFailed(f"prices that differ from Runway's: {told}")


def _with_charges(scene: Scene, rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Find what Runway charged for the tasks of each team, by the ids that Runway gave them."""
    made = scene.anyone.get(f"{scene.mock}/_mock/tasks", params={"last": TASKS_MAX}).raise_for_status()
    costs = {task["id"]: task["cost"]["credits"] for task in made.json()["data"] if task["cost"]}
    asked = scene.admin.get("/admin/v1/tasks", params={"limit": TASKS_MAX}).raise_for_status().json()["data"]
    for row in rows:
        paid = [task["upstreamId"] for task in asked if task["pays"] and task["team"] == row["team"]]
        yield row, sum(costs.get(id, 0) for id in paid)


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
    columns = ("team", "generations", "spent", "charged", "refunded", "saved")
    scene.say("")
    scene.say("  ".join(f"{name:>11}" for name in columns))
    for row in sorted(rows, key=lambda row: str(row["team"])):
        scene.say("  ".join(f"{row[name]:>11}" for name in columns))
    scene.say("")


def _samples(scene: Scene) -> dict[str, float]:
    """Read metrics, summed over their labels."""
    sums: dict[str, float] = {}
    page = scene.anyone.get(f"{scene.metrics}/metrics").raise_for_status().text
    for name, _, value in SAMPLE.findall(page):
        sums[name] = sums.get(name, 0.0) + float(value)
    return sums


def _check_output(scene: Scene, url: str) -> None:
    output = scene.anyone.get(url).raise_for_status()
    _expect("the output's type", output.headers["content-type"], "video/mp4")


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise DemoFailed(f"{what}: {found}, but it should be {wanted}")


def _any(value: object) -> Any:  # noqa: ANN401 - the SDK's overloads want literals
    return value


def _http(**options: Any) -> httpx.Client:  # noqa: ANN401 - httpx's own options
    """Make a client that goes straight to this machine, whatever proxy the shell names."""
    return httpx.Client(timeout=ANSWER_SECONDS_MAX, trust_env=False, **options)


def _forget_the_shell() -> None:
    """Take away what the SDK would read by itself: it has no argument against custom headers."""
    for name in [name for name in os.environ if name.startswith(NOT_OURS)]:
        del os.environ[name]


@contextmanager
def calls_that_may_fail() -> Iterator[None]:
    """Turn what a client raises into one sentence."""
    try:
        yield
    except (httpx.HTTPError, RunwayMLError, TaskFailedError, TaskTimeoutError) as wrong:
        reason = " ".join(str(wrong).split())
        raise DemoFailed(f"this step failed: {type(wrong).__name__}: {reason}") from wrong


@contextmanager
def _started(module: str, *words: str, addresses: int, environment: dict[str, str]) -> Iterator[list[str]]:
    """Run one of our programs for a while; yields the addresses that it says it listens on."""
    program = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", module, *words],
        env={**os.environ, **environment},
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
        _stop(program)


def _stop(program: "subprocess.Popen[str]") -> None:
    program.terminate()
    try:
        program.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()

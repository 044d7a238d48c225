"""Nothing gets out, and nothing gets across: no connection to anywhere, no key sees another."""

import ast
import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.app import create_app
from mock_server.clock import ClockMode
from mock_server.settings import Settings
from tests.mock_server.driver import CLIP, Driver, clip, headers

PACKAGE = Path(__file__).parents[2] / "mock_server"
CLIENTS = {
    "aiohttp",
    "http.client",
    "httpx",
    "requests",
    "runwayml",
    "socket",
    "ssl",
    "urllib.request",
    "urllib3",
}
ALLOWED = {("serving.py", "socket")}  # the type of the socket that it listens on
TEST_TOOLS = {"testing", "pytest_plugin.py"}  # they call the server, which does not know them
REACHING_OUT = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
TENANTS = 12


class ReachedOutError(Exception):
    """Nothing that a client would take for a broken connection."""


class Guard:
    """Python tells an audit hook of every attempt to reach another machine. A hook cannot be taken away."""

    def __init__(self) -> None:
        self.is_watching = False
        self.attempts: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self.is_watching and event in REACHING_OUT:
            self.attempts.append(event)
            raise ReachedOutError(event)


@pytest.fixture(scope="module")
def hook() -> Guard:
    return Guard()


@pytest.fixture
def guard(hook: Guard) -> Iterator[Guard]:
    hook.attempts, hook.is_watching = [], True
    yield hook
    hook.is_watching = False


def test_no_module_imports_a_client() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in PACKAGE.rglob("*.py")
        for name in _imports(path)
        if name in CLIENTS and path.relative_to(PACKAGE).parts[0] not in TEST_TOOLS
    }

    assert found == ALLOWED


def test_no_module_of_the_server_imports_its_test_tools() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for name in _imports(path)
        if name.startswith(("mock_server.testing", "mock_server.pytest_plugin"))
    }

    assert {Path(path).parts[0] for path in found} == TEST_TOOLS


def test_the_guard_sees_an_attempt(guard: Guard) -> None:
    with pytest.raises(ReachedOutError):
        socket.create_connection(("localhost", 9))

    assert guard.attempts == ["socket.getaddrinfo"]


def test_a_whole_scenario_reaches_nobody(guard: Guard, mock: Driver) -> None:
    """URLs in inputs, uploads, outputs, failures, the account and the control: nothing is fetched or told."""
    upload = mock.post("/v1/uploads", {"filename": "a.png", "type": "ephemeral"}).json()
    mock.ask("POST", upload["uploadUrl"], data=upload["fields"], files={"file": b"x" * 600})
    sound = mock.post(
        "/v1/sound_effect", {"model": "eleven_text_to_sound_v2", "promptText": "a foghorn"}
    ).json()
    tasks = [
        mock.create(promptImage="https://example.com/first.png"),
        mock.create(promptImage=upload["runwayUri"]),
        mock.create(promptText="[[fail:SAFETY.OUTPUT.VIDEO]]"),
        sound["id"],
    ]
    mock.advance(3600)
    outputs = [url for task in tasks for url in mock.task(task).get("output", [])]
    downloads = [mock.ask("GET", url).status_code for url in outputs if url.endswith(".mp3")]
    mock.post("/v1/organization/usage", {})
    mock.audit()
    mock.get("/_mock/requests")
    mock.post("/_mock/reset", {})

    assert len(outputs) == 3
    assert set(downloads) <= {200}
    assert guard.attempts == []


async def test_parallel_keys_never_see_each_other() -> None:
    app = create_app(Settings(clock=ClockMode.AUTO, tier="1", seed=1))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
        lives = await asyncio.gather(*(_live(client, f"key_{number}") for number in range(TENANTS)))

        every_task = {task for life in lives for task in life["tasks"]}
        strangers = [
            (await client.get(f"/v1/tasks/{task}", headers=headers(f"key_{number}"))).status_code
            for number, life in enumerate(lives)
            for task in every_task - set(life["tasks"])
        ]

    assert len(every_task) == 3 * TENANTS
    assert set(strangers) == {404}
    assert all(life == life | _expected(number) for number, life in enumerate(lives))


async def _live(client: httpx.AsyncClient, key: str) -> dict[str, Any]:
    """What one key sees of its own when many are busy: another failure, price and fault for each."""
    number = int(key.rpartition("_")[2])
    sent = headers(key)
    fault = {"fault": "refuse", "tenant": key, "times": number % 3 + 1, "status": 503}
    await client.post("/_mock/faults", json=fault)
    prompts = ["first", "[[fail:INTERNAL]]", f"third of {key}"]
    tasks, refused = [], 0
    for prompt in prompts:
        while (
            answer := await client.post("/v1/image_to_video", json=clip(promptText=prompt), headers=sent)
        ).is_error:
            refused += 1
            await asyncio.sleep(0)
        tasks.append(answer.json()["id"])
    statuses = [await _end(client, task, sent) for task in tasks]
    account = (await client.get("/v1/organization", headers=sent)).json()
    journal = (await client.get(f"/_mock/requests?tenant={key}&operation=image_to_video")).json()["data"]
    return {
        "tasks": tasks,
        "refused": refused,
        "statuses": statuses,
        "balance": account["creditBalance"],
        "created today": account["usage"]["models"]["gen4_turbo"]["dailyGenerations"],
        "third in the journal": sum(record["body"]["promptText"] == f"third of {key}" for record in journal),
    }


async def _end(client: httpx.AsyncClient, task: str, sent: dict[str, str]) -> str:
    while True:
        shown = (await client.get(f"/v1/tasks/{task}", headers=sent)).json()
        if shown["status"] in {"SUCCEEDED", "FAILED"}:
            return str(shown["status"])
        await asyncio.sleep(0)


def _expected(number: int) -> dict[str, Any]:
    return {
        "refused": number % 3 + 1,
        "statuses": ["SUCCEEDED", "FAILED", "SUCCEEDED"],
        "balance": 100_000 - 50,
        "created today": 3,
        "third in the journal": 1,
    }


def test_an_upload_of_another_key_cannot_be_used(mock: Driver) -> None:
    upload = mock.post("/v1/uploads", {"filename": "a.png", "type": "ephemeral"}, key="key_a").json()
    mock.ask("POST", upload["uploadUrl"], data=upload["fields"], files={"file": b"x" * 600})

    own = mock.post("/v1/image_to_video", clip(promptImage=upload["runwayUri"]), key="key_a")
    other = mock.post("/v1/image_to_video", clip(promptImage=upload["runwayUri"]), key="key_b")

    assert (own.status_code, other.status_code) == (200, 400)


def test_a_full_queue_of_one_key_delays_no_other(mock: Driver) -> None:
    for _ in range(5):
        mock.create(key="key_a")

    assert mock.task(mock.create(key="key_b"), key="key_b")["status"] == "PENDING"


def test_a_fault_for_one_key_fires_for_no_other(mock: Driver) -> None:
    mock.arm(fault="refuse", tenant="key_a")

    assert mock.post("/v1/image_to_video", CLIP, key="key_b").status_code == 200
    assert mock.post("/v1/image_to_video", CLIP, key="key_a").status_code == 503


def test_the_same_body_with_two_keys_is_no_double_charge(mock: Driver) -> None:
    mock.create(key="key_a")
    mock.create(key="key_b")

    assert mock.audit()["suspectedDoubleCharges"] == []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module

"""Drives the mock server, in process or over TCP, on a clock that only the test moves."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from mock_server.app import create_app
from mock_server.clock import ClockMode
from mock_server.settings import Settings, Surroundings

START = 1_793_491_200.0  # 2026-11-01T00:00:00Z
KEY = "key_of_the_test"
FROZEN = Settings(clock=ClockMode.FROZEN, tier="1", seed=7)
CLIP = {
    "model": "gen4_turbo",
    "promptImage": "https://example.com/first.png",
    "promptText": "a lighthouse",
    "ratio": "1280:720",
    "duration": 5,
}
CLIP_CREDITS = 25


def headers(key: str = KEY) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "X-Runway-Version": "2024-11-06"}


def clip(**changes: object) -> dict[str, Any]:
    return CLIP | changes


class Wall:
    """A wall clock, set by hand; and a sleep that only notes for how long."""

    def __init__(self) -> None:
        self.seconds = START
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Controls(ABC):
    """A client with the test's own key. Every answer is checked by whoever asked for it."""

    @abstractmethod
    def ask(self, method: str, path: str, *, key: str = KEY, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's)
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, path: str, *, key: str = KEY) -> Any:  # noqa: ANN401 (JSON)
        return self.ask("GET", path, key=key).json()

    def post(self, path: str, body: Mapping[str, object], *, key: str = KEY) -> httpx.Response:
        return self.ask("POST", path, json=dict(body), key=key)

    def create(self, *, key: str = KEY, **changes: object) -> str:
        """A clip; its id."""
        answer = self.post("/v1/image_to_video", clip(**changes), key=key)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def task(self, task_id: str, *, key: str = KEY) -> Any:  # noqa: ANN401 (JSON)
        return self.get(f"/v1/tasks/{task_id}", key=key)

    def advance(self, seconds: float) -> None:
        assert self.post("/_mock/clock", {"advance": seconds}).status_code == 200

    def advance_until(self, task_id: str, status: str = "SUCCEEDED") -> httpx.Response:
        return self.post("/_mock/clock", {"advanceUntil": {"task": task_id, "status": status}})

    def arm(self, **fault: object) -> str:
        answer = self.post("/_mock/faults", fault)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def audit(self) -> Any:  # noqa: ANN401 (JSON)
        return self.get("/_mock/audit")


class Driver(Controls):
    """In process, one request after another."""

    def __init__(self, settings: Settings = FROZEN) -> None:
        self.wall = Wall()
        settings = msgspec.structs.replace(settings, check_responses=True)
        self.app = create_app(settings, surroundings=Surroundings(wall=self.wall, sleep=self.wall.sleep))
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(self.app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://mock.test")

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()
        self.app.world.renderer.close()

    def ask(self, method: str, path: str, *, key: str = KEY, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's)
        options["headers"] = headers(key) | options.get("headers", {})
        return self._runner.run(self._client.request(method, path, **options))


class Remote(Controls):
    """Over TCP, with a program that runs already."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, *, key: str = KEY, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's)
        options["headers"] = headers(key) | options.get("headers", {})
        return self._client.request(method, path, **options)

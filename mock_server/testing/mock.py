"""The mock as one test sees it: an account of its own, a clock of its own, and every call that it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from mock_server.clock import ClockMode
from mock_server.lifecycle import Status

if TYPE_CHECKING:
    from runwayml import AsyncRunwayML, RunwayML

JSON = Any
"""As `/_mock/…` answers it: see the README."""


class Control:
    """`/_mock/…`, narrowed to one key."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        self._client = client
        self._key = key

    def ask(self, method: str, path: str, order: object = None, **query: object) -> JSON:
        """The JSON of the answer; an AssertionError with the mock's own words when it refuses."""
        narrowed = {"tenant": self._key, **{name: str(value) for name, value in query.items()}}
        answer = self._client.request(method, f"/_mock/{path}", json=order, params=narrowed)
        if answer.is_error:
            raise AssertionError(answer.json()["error"])
        return answer.json() if answer.content else None


class RunwayClock:
    """The time of this test's account. It moves with the polls, until a test says otherwise."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.pace: float | None = None
        """How many times as fast as the wall; None when the wall does not move it."""

    @property
    def now(self) -> str:
        """ISO 8601, as in `createdAt`."""
        return str(self._control.ask("GET", "clock")["now"])

    def freeze(self) -> None:
        """From here on, only `advance` and `advance_until` move it."""
        self._switch(ClockMode.FROZEN)

    def follow_polls(self) -> None:
        """As at the beginning: every poll of a task is 6 s later than the last one."""
        self._switch(ClockMode.AUTO)

    def follow_wall(self, *, speed: float = 1.0) -> None:
        """The SDK then waits as long between its polls as it always does, divided by `speed`."""
        self._switch(ClockMode.REAL, speed=speed)

    def advance(self, seconds: float) -> None:
        self._control.ask("POST", "clock", {"advance": seconds})

    def advance_until(self, task: str, status: str = Status.SUCCEEDED) -> None:
        """To the moment when the task gets that status; an AssertionError when it never will."""
        self._control.ask("POST", "clock", {"advanceUntil": {"task": task, "status": status}})

    def _switch(self, mode: ClockMode, *, speed: float = 1.0) -> None:
        self._control.ask("POST", "clock", {"mode": mode, "speed": speed})
        self.pace = speed if mode is ClockMode.REAL else None


class RunwayMock:
    """All of it concerns the key of this test alone. `environment` is for programs that the test starts."""

    def __init__(self, client: httpx.Client, *, key: str, transport: httpx.BaseTransport | None) -> None:
        self._control = Control(client, key)
        self._transport = transport
        self.url = str(client.base_url).rstrip("/")
        self.key = key
        self.clock = RunwayClock(self._control)

    @property
    def environment(self) -> dict[str, str]:
        return {"RUNWAYML_BASE_URL": self.url, "RUNWAYML_API_SECRET": self.key}

    def client(self, **options: Any) -> RunwayML:  # noqa: ANN401 (the SDK's)
        """The official SDK's client; `options` are its own. Close it, or use it with `with`."""
        from runwayml import DefaultHttpxClient, RunwayML  # noqa: PLC0415 - it is optional, and slow to load

        if self._transport is not None:  # spares the certificates, which take longer than the whole test
            options.setdefault("http_client", DefaultHttpxClient(transport=self._transport))
        return RunwayML(**{"api_key": self.key, "base_url": self.url} | options)

    def async_client(self, **options: Any) -> AsyncRunwayML:  # noqa: ANN401 (the SDK's)
        from runwayml import AsyncRunwayML  # noqa: PLC0415 - it is optional, and slow to load

        return AsyncRunwayML(**{"api_key": self.key, "base_url": self.url} | options)

    def arm(self, fault: str, **settings: object) -> str:
        """Arms a fault, `mock.arm("refuse", status=503, times=2)`, and tells its id."""
        order = {"fault": fault, "tenant": self.key, **_camel_cased(settings)}
        return str(self._control.ask("POST", "faults", order)["id"])

    def disarm(self, fault_id: str) -> None:
        self._control.ask("DELETE", f"faults/{fault_id}")

    def account(self, **changes: object) -> JSON:
        """Balance, tier and refund rules; `mock.account(balance=30, tier="1")` changes them first."""
        path = f"tenants/{self.key}"
        return self._control.ask("PATCH", path, _camel_cased(changes))

    def tasks(self) -> list[JSON]:
        """Oldest first, deleted ones too."""
        return list(self._control.ask("GET", "tasks")["data"])

    def task(self, task_id: str) -> JSON:
        return self._control.ask("GET", f"tasks/{task_id}")

    def requests(self, operation: str | None = None) -> list[JSON]:
        """What was asked, oldest first."""
        query = {} if operation is None else {"operation": operation}
        return list(self._control.ask("GET", "requests", **query)["data"])

    def verify(self, operation: str | None = None, **expected: object) -> None:
        """`mock.verify("image_to_video", model="gen4_turbo", times=2)`; an AssertionError says what was seen.

        `model`, `status`, `has_task`, `retried` and `body` narrow; `times`, `at_least` and `at_most` count.
        """
        self._control.ask("POST", "verify", {"operation": operation, **_camel_cased(expected)})

    def audit(self) -> JSON:
        """What was charged and given back, and whether it adds up."""
        return self._control.ask("GET", "audit")

    def reset(self) -> None:
        """Forgets the account, and all that happened to it."""
        self._control.ask("POST", "reset")
        self.clock.pace = None


def _camel_cased(fields: dict[str, object]) -> dict[str, object]:
    """`retry_after` is `retryAfter` in JSON."""
    return {_camel(name): value for name, value in fields.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""A running mock server, with its control: clock, faults, journal, audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.programs import Program

UPSTREAM_KEY = "key_of_the_organisation"
"""The one key that the gateways of the tests use upstream, and so the tenant that they are to the mock."""

ENOUGH = 3600.0
"""Seconds in which every task that is not made to last longer has ended."""


@dataclass(frozen=True)
class Mock:
    """Time stands still in it unless a test moves it."""

    url: str
    program: Program
    control: httpx.Client

    def advance(self, seconds: float = ENOUGH) -> None:
        self._post("clock", {"advance": seconds})

    def arm(self, fault: str, **settings: object) -> str:
        """Arm a fault and tell its id."""
        return str(self._post("faults", {"fault": fault, **settings})["id"])

    def disarm(self, fault_id: str) -> None:
        self.control.delete(f"/_mock/faults/{fault_id}").raise_for_status()

    def audit(self) -> Any:  # noqa: ANN401 (JSON)
        return self._get("audit")

    def task(self, task_id: str) -> Any:  # noqa: ANN401 (JSON)
        return self._get(f"tasks/{task_id}")

    def forget(self, task_id: str) -> None:
        """Delete a task behind the back of the gateway."""
        headers = {"Authorization": f"Bearer {UPSTREAM_KEY}", "X-Runway-Version": "2024-11-06"}
        self.control.delete(f"/v1/tasks/{task_id}", headers=headers).raise_for_status()

    def change_tenant(self, **settings: object) -> None:
        answer = self.control.patch(f"/_mock/tenants/{UPSTREAM_KEY}", json=settings)
        answer.raise_for_status()

    def requests(self, marker: str = "") -> list[Any]:
        """What it was asked, oldest first, as far as the body holds `marker`."""
        found = self._get("requests")
        assert not found["dropped"], "the journal forgot what a test asks for"
        return [record for record in found["data"] if marker in str(record.get("body", ""))]

    def creates(self, marker: str) -> list[str]:
        """The ids of the tasks that were created by requests with `marker` in their body."""
        return [record["task"] for record in self.requests(marker) if "task" in record]

    def _get(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        answer = self.control.get(f"/_mock/{path}")
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, order: object) -> Any:  # noqa: ANN401 (JSON)
        answer = self.control.post(f"/_mock/{path}", json=order)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def running_mock(folder: Path, *options: str) -> Iterator[Mock]:
    """Run a mock server that holds its answers against Runway's document.

    Its clock stands still and its tier limits nothing, unless `options` say more.
    """
    standing = ("--clock", "frozen", "--tier", "unlimited", "--check-responses")
    with Program("mock_server", "--port", "0", *standing, *options, folder=folder / "mock") as program:
        (url,) = program.addresses(1)
        with httpx.Client(base_url=url, trust_env=False) as control:
            yield Mock(url, program, control)

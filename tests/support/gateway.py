"""A running gateway, with its administration: teams, keys, policies, usage, tasks, metrics."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.mock import UPSTREAM_KEY, Mock
from tests.support.programs import Program

ADMIN_KEY = "rwadm_canary_of_the_tests_0123456789abcdef"
ANSWER_SECONDS_MAX = 70.0
LAST_WORDS_SECONDS_MAX = 5.0
EVER = "2020-01-01"

_numbers = count(1)


@dataclass(frozen=True)
class Team:
    """A team with one virtual key."""

    id: str
    secret: str
    key_id: str


@dataclass(frozen=True)
class Gateway:
    """One `runway-gateway serve`, seen by its administrator."""

    folder: Path
    url: str
    metrics_url: str
    program: Program
    admin: httpx.Client

    def add_team(self, **policy: object) -> Team:
        """Add a team with an id that no other test has, and a key for it."""
        id = f"team-{next(_numbers)}"
        self.post("teams", {"id": id, "name": f"The team {id}", "policy": policy})
        return self.add_key(id)

    def add_key(self, team: str, **policy: object) -> Team:
        made = self.post("keys", {"team": team, "label": "a test", "policy": policy})
        return Team(team, made["secret"], made["id"])

    def change_policy(self, team: str, **policy: object) -> None:
        answer = self.admin.patch(
            f"/admin/v1/teams/{team}", json={"policy": policy}, headers={"If-Match": "*"}
        )
        assert answer.is_success, answer.text

    def usage(self, team: str | None = None) -> dict[str, float]:
        """Money and counts of one team or of all, since ever."""
        rows = self.get("usage", **{"from": EVER, "by": "team"})["data"]
        chosen = [row for row in rows if team in {None, row["team"]}]
        return {name: sum(row[name] for row in chosen) for name in _AMOUNTS}

    def tasks(self, team: str) -> list[Any]:
        """The team's tasks as an administrator sees them, newest first."""
        return list(self.get("tasks", team=team, limit=100)["data"])

    def metrics(self) -> "Metrics":
        answer = self.admin.get(self.metrics_url, headers={"Authorization": ""})
        answer.raise_for_status()
        self.program.search(answer.text)
        return Metrics(answer.text)

    def search_metrics(self) -> None:
        """Search what the metrics say at the end, unless a test has ended or frozen them."""
        with suppress(httpx.HTTPError):
            said = httpx.get(self.metrics_url, timeout=LAST_WORDS_SECONDS_MAX, trust_env=False).text
            self.program.search(said)

    def workers(self) -> set[int]:
        """The process ids of the workers that run now."""
        return self.program.children("gateway.worker")

    def get(self, path: str, **query: Any) -> Any:  # noqa: ANN401 (JSON)
        answer = self.admin.get(f"/admin/v1/{path}", params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401 (JSON)
        answer = self.admin.post(f"/admin/v1/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


class Metrics:
    """One reading of /metrics."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def series(self) -> set[str]:
        """The names and labels of all samples."""
        return {line.rpartition(" ")[0] for line in self.text.splitlines() if not line.startswith("#")}

    def total(self, name: str, **labels: str) -> float:
        """Add up the samples of a metric whose labels are these."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == f"runway_gateway_{name}" and labels.items() <= sample.labels.items()
        )


@contextmanager
def running_gateway(
    folder: Path, upstream: Mock | str, *, workers: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[Gateway]:
    """Run a gateway under `folder`; a second one there goes on with what the first one left."""
    with started_gateway(folder, upstream, workers=workers, environment=environment) as program:
        metrics_url, url = program.addresses(2)
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        with httpx.Client(
            base_url=url, headers=headers, timeout=ANSWER_SECONDS_MAX, trust_env=False
        ) as admin:
            gateway = Gateway(folder, url, f"{metrics_url}/metrics", program, admin)
            yield gateway
            gateway.search_metrics()


def started_gateway(
    folder: Path,
    upstream: Mock | str,
    *,
    port: int = 0,
    workers: int = 1,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """Start a gateway that perhaps refuses to."""
    settings = {
        "RUNWAYML_API_SECRET": UPSTREAM_KEY,
        "RUNWAYML_BASE_URL": upstream if isinstance(upstream, str) else upstream.url,
        "GATEWAY_ADMIN_KEY": ADMIN_KEY,
    }
    ports = ("--port", str(port), "--metrics-port", "0")
    options = (*ports, "--workers", str(workers), "--var", str(folder / "var"))
    return Program(
        "gateway", "serve", *options, folder=folder, environment=settings | dict(environment or {})
    )


_AMOUNTS = ("generations", "tasks", "spent", "reserved", "refunded", "saved", "unclear")

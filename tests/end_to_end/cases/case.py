"""What can become of a task, brought about from outside: one case for each line of `gateway/TEAMS.md`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.clips import new_text
from tests.end_to_end.developers import Developer, Sdk
from tests.end_to_end.later import NEXT_LOOK, Clock, Clocked
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.waiting import wait_until

LONG = "[[lasts:600]]"
ON_ITS_WAY = 60.0
"""Seconds after which such a task has made some progress."""
FOUND_OUT = 12.0
"""The credits that an administrator enters."""


@dataclass
class Case:
    """A team with a developer, before a gateway and a Runway whose clocks it moves."""

    clocked: Clocked
    mock: Mock
    sdk: Sdk
    team: Team
    texts: list[str] = field(default_factory=list)
    """All that was asked for."""

    @property
    def gateway(self) -> Gateway:
        return self.clocked.gateway

    @property
    def clock(self) -> Clock:
        return self.clocked.clock

    @property
    def developer(self) -> Developer:
        return self.sdk(self.gateway.url, self.team)

    def text(self, words: str) -> str:
        """Make a text that no other case has."""
        self.texts.append(new_text(words))
        return self.texts[-1]

    def create(self, words: str = "a quay", by: Developer | None = None) -> str:
        return (by or self.developer).create(self.text(words))

    def create_shared(self, words: str = "a quay", others: Team | None = None) -> tuple[str, str]:
        """Create the same twice, the second time with another key, so that it is shared."""
        text, team = self.text(words), others or self.team
        follower = self.sdk(self.gateway.url, team)
        return self.developer.create(text, seed=7), follower.create(text, seed=7)

    def create_long(self, words: str = "") -> str:
        """Create one that has made some progress, as the gateway has seen."""
        id = self.create(LONG + words)
        self.mock.advance(ON_ITS_WAY)
        self.clock.advance(NEXT_LOOK)
        self.wait(lambda: bool(self.developer.look(id).progress), "progress")
        return id

    def fill_slots(self) -> str:
        """Give the team one slot, and fill it."""
        self.gateway.change_policy(self.team.id, limits=[{"measure": "running", "amount": 1}])
        return self.create(LONG)

    def task(self, id: str) -> Any:  # noqa: ANN401 (JSON)
        """A task as an administrator sees it."""
        return next(task for task in self.gateway.tasks(self.team.id) if task["id"] == id)

    def until(self, id: str, stage: str) -> str:
        self.wait(lambda: self.task(id)["stage"] == stage, stage)
        return id

    def until_shown(self, id: str, status: str) -> str:
        self.wait(lambda: self.developer.look(id).status == status, status)
        return id

    def wait(self, ask: Callable[[], bool], what: str) -> None:
        """Wait while the gateway's clock goes on, a second a look."""

        def asked() -> bool:
            self.clock.advance(1)
            return ask()

        wait_until(asked, what)

    def end(self) -> None:
        """Let everything end that ends by itself, and the gateway see it."""
        self.mock.advance()
        self.clock.advance(NEXT_LOOK)

    def ended(self, status: str, words: str = "a quay") -> str:
        """Create one that has ended, as the gateway has seen."""
        id = self.create(words)
        self.end()
        return self.until_shown(id, status)

    def deleted(self, id: str) -> str:
        self.developer.delete(id)
        return id

    def resolve(self, id: str, *, credits: float = FOUND_OUT) -> str:
        self.gateway.post(f"tasks/{id}/resolution", {"charged": credits, "reason": "the usage page"})
        return id

    @contextmanager
    def key_refused(self, id: str) -> Iterator[str]:
        """Let Runway refuse the gateway's key meanwhile, which makes a running task unclear."""
        fault = self.mock.arm("refuse", operation="tasks_retrieve", status=401)
        try:
            self.clock.advance(NEXT_LOOK)
            yield self.until(id, "unclear")
        finally:
            self.mock.disarm(fault)

    def clear(self) -> None:
        """Leave nothing behind that goes on in the next case."""
        for task in self.gateway.tasks(self.team.id):
            if task["stage"] in {"queued", "running"} and task["detachedAt"] is None:
                self.developer.delete(task["id"])
        tasks = self.gateway.tasks(self.team.id)
        for id in {task["generation"]: task["id"] for task in tasks if task["stage"] == "unclear"}.values():
            self.resolve(id)


Scenario = Callable[[Case], str]
"""Brings a case about and tells the task that it is about."""

CASES: dict[str, Scenario] = {}


def when(words: str) -> Callable[[Scenario], Scenario]:
    """Say which line of the page a scenario is."""

    def named(scenario: Scenario) -> Scenario:
        assert words not in CASES, words
        CASES[words] = scenario
        return scenario

    return named

"""Clients that create, poll and cancel without an end, note what they were told, and send nothing twice."""

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from tests.crashes.installation import Installation
from tests.support.gateway import Team
from tests.support.waiting import wait_until

ANSWER_SECONDS_MAX = 5.0
PAUSE_SECONDS = 0.01
"""Between two requests of a client: whoever is refused at once would else take the whole machine."""
TASKS_KEPT_MAX = 8
"""What a client looks at: its newest."""
STEPS_SECONDS = (1.0, 4.0)
KINDS = {"": 20, "[[slow:0.3]]": 12, "[[fail:INTERNAL]]": 3, "[[lose-answer]]": 1}
SOMETIMES = {"create": 6, "poll": 5, "cancel": 2, "wait": 1}
"""What a client does, and what a request may be, how often."""
HEADERS = {"X-Runway-Version": "2024-11-06"}
EXPECTED = {
    "create": {200, 502, 503},
    "poll": {200, 503},
    "cancel": {204, 503},
}
"""What a client may be answered while programs die. Nothing of its own is ever unknown, nothing is a bug."""


class Client(threading.Thread):
    """One team's program."""

    def __init__(self, installation: Installation, team: Team, random: Random) -> None:
        super().__init__(name=f"client of {team.id}", daemon=True)
        self.told: set[str] = set()
        self.answers: Counter[tuple[str, int]] = Counter()
        self._installation = installation
        self._team = team
        self._random = random
        self._over = threading.Event()
        self._tasks: list[str] = []
        self._creates = 0

    def run(self) -> None:
        headers = {**HEADERS, "Authorization": f"Bearer {self._team.secret}"}
        with httpx.Client(
            base_url=self._installation.url, headers=headers, timeout=ANSWER_SECONDS_MAX, trust_env=False
        ) as http:
            while not self._over.wait(PAUSE_SECONDS):
                (deed,) = self._random.choices(tuple(SOMETIMES), tuple(SOMETIMES.values()))
                with suppress(httpx.TransportError):
                    self._act(deed, http)

    def end(self) -> None:
        self._over.set()
        self.join()

    def _act(self, deed: str, http: httpx.Client) -> None:
        match deed:
            case "create":
                self._create(http)
            case "wait":
                self._installation.mock.advance(self._random.uniform(*STEPS_SECONDS))
            case "poll" if self._tasks:
                self._note("poll", http.get(f"/v1/tasks/{self._random.choice(self._tasks)}"))
            case "cancel" if self._tasks:
                task = self._tasks.pop(self._random.randrange(len(self._tasks)))
                self._note("cancel", http.delete(f"/v1/tasks/{task}"))

    def _create(self, http: httpx.Client) -> None:
        """Send what was never sent before, once."""
        self._creates += 1
        (kind,) = self._random.choices(tuple(KINDS), tuple(KINDS.values()))
        text = f"{self._team.id}, number {self._creates}. {kind}"
        answer = http.post("/v1/image_to_video", json=clip(text))
        self._note("create", answer)
        if answer.is_success:
            self.told.add(answer.json()["id"])
            self._tasks = [*self._tasks, answer.json()["id"]][-TASKS_KEPT_MAX:]

    def _note(self, deed: str, answer: httpx.Response) -> None:
        self.answers[deed, answer.status_code] += 1


class Load:
    """Clients of several teams at once, while the block lasts."""

    def __init__(self, installation: Installation, teams: Sequence[Team], random: Random) -> None:
        self.clients = [Client(installation, team, Random(random.random())) for team in teams]  # noqa: S311

    def __enter__(self) -> Self:
        for client in self.clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients:
            client.end()

    @property
    def told(self) -> set[str]:
        """The tasks that clients were promised."""
        return {task for client in self.clients for task in client.told}

    @property
    def answers(self) -> Counter[tuple[str, int]]:
        return sum((client.answers.copy() for client in self.clients), Counter())

    def unexpected(self) -> list[tuple[str, int]]:
        return [(deed, status) for deed, status in self.answers if status not in EXPECTED[deed]]

    def go_on_for(self, answers: int) -> None:
        """Wait until clients were answered so many times more."""
        goal = self.answers.total() + answers
        wait_until(lambda: self.answers.total() >= goal, "answers")


def clip(text: str) -> dict[str, Any]:
    return {
        "model": "gen4_turbo",
        "promptImage": "https://example.com/first.png",
        "promptText": text,
        "ratio": "1280:720",
        "duration": 5,
    }

"""A team that asks one thing after another, each on a connection of its own so that any worker may answer."""

import time
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx

from tests.crashes.installation import Installation
from tests.crashes.load import HEADERS, clip
from tests.support.freezing import frozen
from tests.support.waiting import wait_until

ANSWER_SECONDS_MAX = 10.0
REFUSED_SECONDS_MAX = 2.0
"""A refusal takes less than a second; the other one is the machine's, which runs other tests too."""
RETRY_AFTER_MAX = 60
CHANGE_SEEN_SECONDS_MAX = 1.0
"""Workers look twice a second whether teams, keys or policies changed."""

_numbers = count(1)


class TeamAtWork:
    """A new team of an installation."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._team = installation.gateway.add_team()
        self._http = httpx.Client(
            base_url=installation.url,
            headers={**HEADERS, "Authorization": f"Bearer {self._team.secret}"},
            timeout=ANSWER_SECONDS_MAX,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def __enter__(self) -> Self:
        """Begin when every worker has seen that there is a new team: each then looks every key up again."""
        seen_at = time.monotonic() + CHANGE_SEEN_SECONDS_MAX
        wait_until(lambda: self._balance() and time.monotonic() > seen_at, "the news")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def create(self, words: str = "") -> str:
        return _created(self._ask_create(words))

    def create_patiently(self) -> str:
        """Create as an SDK does: again while it is told to come back."""
        return wait_until(lambda: _created(self._ask_create(), unless=503), "a create")

    def create_is_refused_at_once(self) -> None:
        began = time.monotonic()
        answer = self._ask_create()
        took = time.monotonic() - began
        assert answer.status_code == 503, answer.text
        assert 1 <= int(answer.headers["retry-after"]) <= RETRY_AFTER_MAX
        assert took < REFUSED_SECONDS_MAX

    def shown(self, *tasks: str, times: int = 1) -> list[str]:
        """The status of each task, so many times."""
        answers = [self._http.get(f"/v1/tasks/{task}") for _ in range(times) for task in tasks]
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        return [answer.json()["status"] for answer in answers]

    def is_known_to_all_workers(self, *tasks: str) -> None:
        """See to it that every worker has key and tasks in memory: each in turn, while others stand still."""
        workers = self.installation.gateway.workers()
        for worker in workers:
            with frozen(*workers - {worker}):
                self.shown(*tasks)

    def health(self) -> tuple[int, Any]:
        answer = self._http.get("/health/ready")
        return answer.status_code, answer.json()

    def cancel(self, task: str) -> None:
        assert self._http.delete(f"/v1/tasks/{task}").status_code == 204

    def stages(self, count: int) -> list[str]:
        """The stages of the team's last generations, newest first."""
        return [task["stage"] for task in self.installation.gateway.tasks(self._team.id)[:count]]

    def resolve(self, task: str, credits: float) -> None:
        self.installation.gateway.post(
            f"tasks/{task}/resolution", {"charged": credits, "reason": "seen on the usage page"}
        )

    def _balance(self) -> int:
        answer = self._http.get("/v1/organization")
        assert answer.is_success, answer.text
        return int(answer.json()["creditBalance"])

    def _ask_create(self, words: str = "") -> httpx.Response:
        text = f"{self._team.id} at work, take {next(_numbers)}. {words}"
        return self._http.post("/v1/image_to_video", json=clip(text))


def _created(answer: httpx.Response, *, unless: int | None = None) -> str:
    """The id of the task; empty with the status that is waited out."""
    if answer.status_code == unless:
        return ""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])

"""What a run has put its clients through, and what it never has: told when the program ends."""

from collections.abc import Iterator
from enum import StrEnum

from mock_server.asgi import Answer, Hangup
from mock_server.failures import FAMILIES, family_of
from mock_server.lifecycle import Status, Task
from mock_server.script import Fails


class Feature(StrEnum):
    """The value is what to call it at the end."""

    THROTTLED = "a task that shows THROTTLED"
    RUNNING = "a task that shows RUNNING"
    SUCCEEDED = "a task that shows SUCCEEDED"
    CANCEL_WAITING = "a cancel of a task that waits"
    CANCEL_RUNNING = "a cancel of a task that runs"
    DELETE_ENDED = "the deletion of a task that has ended"
    INVALID = "a request refused as invalid (400)"
    NO_CREDITS = "a create refused for want of credits (400)"
    UNAUTHORIZED = "a request refused for its key (401)"
    FORBIDDEN = "a request refused for its account (403)"
    NOT_FOUND = "a task or another thing that is not there (404)"
    TOO_MANY = "a request refused for a limit (429)"
    BROKEN = "a request that met an error of the server (500)"
    SHED = "a request that met too much load (502, 503, 504)"
    CUT = "a connection that ended without an answer"
    DOWNLOADED = "an output that was downloaded"
    EXPIRED = "an output whose address had expired"


OF_STATUS = {
    400: Feature.INVALID,
    401: Feature.UNAUTHORIZED,
    403: Feature.FORBIDDEN,
    404: Feature.NOT_FOUND,
    429: Feature.TOO_MANY,
    500: Feature.BROKEN,
    502: Feature.SHED,
    503: Feature.SHED,
    504: Feature.SHED,
}
OF_TASK = {
    Status.THROTTLED: Feature.THROTTLED,
    Status.RUNNING: Feature.RUNNING,
    Status.SUCCEEDED: Feature.SUCCEEDED,
}
OF_DELETE = {
    Status.PENDING: Feature.CANCEL_WAITING,
    Status.THROTTLED: Feature.CANCEL_WAITING,
    Status.RUNNING: Feature.CANCEL_RUNNING,
}


class Exercised:
    """Kept for the whole run, because tests reset between themselves; it holds only what is listed here."""

    def __init__(self) -> None:
        self.requests = 0
        self._seen: set[str] = set()

    def add(self, feature: Feature) -> None:
        self._seen.add(feature)

    def answered(self, outcome: Answer | Hangup) -> None:
        self.requests += 1
        feature = Feature.CUT if isinstance(outcome, Hangup) else OF_STATUS.get(outcome.status)
        if feature is not None:
            self.add(feature)

    def shown(self, task: Task) -> None:
        """A client looked at the task."""
        if task.status in OF_TASK:
            self.add(OF_TASK[task.status])
        if task.status is Status.FAILED and isinstance(task.script.ending, Fails):
            self._seen.add(_failure(family_of(task.script.ending.code).prefix))

    def deleted(self, task: Task) -> None:
        self.add(OF_DELETE.get(task.status, Feature.DELETE_ENDED))

    def missing(self) -> list[str]:
        return [name for name in _all() if name not in self._seen]


def report(exercised: Exercised) -> str:
    """Empty when nothing was asked at all, or nothing is missing."""
    missing = exercised.missing() if exercised.requests else []
    if not missing:
        return ""
    listed = "".join(f"\n  {name}" for name in missing)
    return f"Asked {exercised.requests} times, but never exercised:{listed}\nHow to: runway-mock scenarios"


def _all() -> Iterator[str]:
    yield from Feature
    for family in FAMILIES:
        yield _failure(family.prefix)


def _failure(prefix: str) -> str:
    return f"a task that fails with {prefix}"

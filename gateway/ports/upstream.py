"""Runway, as flows see it: what was asked and what became of it. Nothing is retried inside."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from gateway.rules.credits import Credits
from gateway.rules.ids import UpstreamId
from gateway.rules.settlement import Observation


class Started(Struct, frozen=True):
    """Runway accepted the create. `answer` is its whole body."""

    id: UpstreamId
    estimate: Credits | None
    answer: bytes


class NotStarted(Struct, frozen=True):
    """Certainly nothing was started.

    `status` and `body` are Runway's own; both None when it could not be reached at all, `body` alone when it
    broke off or was too large. `again` tells whether the same request may be accepted later (unreachable,
    overloaded, daily cap), not that anyone retries it here.
    """

    status: int | None
    body: bytes | None
    again: bool


class PerhapsStarted(Struct, frozen=True):
    """The answer was lost, late or unreadable: Runway may have started and charged it. `why` for the log."""

    why: str


class Gone(Struct, frozen=True):
    """Runway says 404: deleted, or never its own."""


class Unreadable(Struct, frozen=True):
    """No usable answer: unreachable, 401, 5xx or malformed. `status` if there was one."""

    status: int | None
    late: bool = False
    """Whether the answer took too long."""


class Answer(Struct, frozen=True):
    """An answer that is passed on: status, the headers on the allow-list, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Upstream(Protocol):
    """Each method is one request with a bounded wait."""

    async def create(
        self, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Started | NotStarted | PerhapsStarted:
        """Send a create, once."""
        ...

    async def read(self, id: UpstreamId) -> Observation | Gone | Unreadable:
        """Read a task."""
        ...

    async def delete(self, id: UpstreamId) -> bool:
        """Cancel or delete a task; True when Runway confirms or does not know it any more."""
        ...

    async def forward(
        self, method: str, path: str, *, query: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer | Unreadable:
        """Pass on a request that costs nothing."""
        ...

    async def concurrency(self) -> Mapping[str, int | None] | None:
        """Read how many generations of each model may run at once; None for no limit, or when unreadable."""
        ...

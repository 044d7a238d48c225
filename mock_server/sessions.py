"""The life of a realtime session: it is prepared, waits for its client, runs, and costs by the 6 seconds."""

from collections.abc import Callable
from enum import StrEnum

from mock_server.clock import MILLISECONDS, Moment, milliseconds
from mock_server.credits import NONE, Credits, credits_of
from mock_server.limits import Slots
from mock_server.resources import Resource, Resources
from mock_server.script import Fails, Script

MODEL = "gwm1_avatars"
KEY_LIFE = milliseconds(300)  # assumed
BLOCK = milliseconds(6)
UPFRONT_COST = credits_of(2)
BLOCK_COST = credits_of(2)


class SessionStatus(StrEnum):
    NOT_READY = "NOT_READY"
    READY = "READY"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        return not LEGAL[self]


LEGAL: dict[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.NOT_READY: frozenset({SessionStatus.READY, SessionStatus.CANCELLED}),
    SessionStatus.READY: frozenset({SessionStatus.RUNNING, SessionStatus.CANCELLED}),
    SessionStatus.RUNNING: frozenset(
        {SessionStatus.COMPLETED, SessionStatus.FAILED, SessionStatus.CANCELLED}
    ),
    SessionStatus.COMPLETED: frozenset(),
    SessionStatus.FAILED: frozenset(),
    SessionStatus.CANCELLED: frozenset(),
}


class Session(Resource, kw_only=True, eq=False):
    """`key` lets a client in. While `is_queued`, it waits for another session of the tenant to end."""

    key: str
    script: Script
    on_end: Callable[["Session", Moment], None]
    status: str = SessionStatus.NOT_READY
    is_queued: bool = True
    started: Moment | None = None
    ended: Moment | None = None

    @property
    def stage(self) -> SessionStatus:
        return SessionStatus(self.status)

    @property
    def expires(self) -> Moment:
        """When the key does; only for one that is READY."""
        assert self.due is not None, "a session that is ready waits for its key to expire"
        return self.due

    @property
    def seconds_max(self) -> int:
        return int(self.fields.get("maxDuration", 300))

    def seconds(self, now: Moment) -> float:
        """How long it has run."""
        return 0 if self.started is None else ((self.ended or now) - self.started) / MILLISECONDS

    def cost(self, now: Moment) -> Credits:
        """What it comes to by now: the start, and each block that is over, or that it has ended within."""
        if self.started is None:
            return NONE
        elapsed = (now if self.ended is None else self.ended) - self.started
        blocks = elapsed // BLOCK if self.ended is None else -(-elapsed // BLOCK)
        return Credits(UPFRONT_COST + blocks * BLOCK_COST)

    def admit(self, at: Moment) -> None:
        """Gives the session its place."""
        self.is_queued = False
        self.due = Moment(at + self.script.pending)

    def consume(self, at: Moment) -> Credits:
        """A client has come with the key: it runs."""
        self._become(SessionStatus.RUNNING)
        self.started = at
        self.due = self._next_block(at)
        return UPFRONT_COST

    def turn(self, at: Moment) -> Credits:
        match self.stage:
            case SessionStatus.NOT_READY:
                self._become(SessionStatus.READY)
                self.due = Moment(at + KEY_LIFE)
                return NONE
            case SessionStatus.READY:
                return self.cancel(at)
            case _:
                return self._end_block(at)

    def cancel(self, at: Moment) -> Credits:
        """Ends it early; a block that has begun is paid."""
        has_begun_block = self.started is not None and (at - self.started) % BLOCK > 0
        self._end(SessionStatus.CANCELLED, at)
        return BLOCK_COST if has_begun_block else NONE

    def _end_block(self, at: Moment) -> Credits:
        if at < self._last_moment():
            self.due = self._next_block(at)
        else:
            is_failure = isinstance(self.script.ending, Fails)
            self._end(SessionStatus.FAILED if is_failure else SessionStatus.COMPLETED, at)
        return BLOCK_COST

    def _next_block(self, at: Moment) -> Moment:
        return Moment(min(at + BLOCK, self._last_moment()))

    def _last_moment(self) -> Moment:
        assert self.started is not None, "only a session that runs comes to an end by itself"
        match self.script.ending:
            case Fails(progress=progress):
                return Moment(self.started + max(1, round(milliseconds(self.seconds_max) * progress)))
            case _:
                return Moment(self.started + milliseconds(self.seconds_max))

    def _end(self, status: SessionStatus, at: Moment) -> None:
        self._become(status)
        self.ended, self.due = at, None
        self.on_end(self, at)

    def _become(self, status: SessionStatus) -> None:
        assert status in LEGAL[self.stage], f"{self.status} may not become {status}"
        self.status = status


class Stage:
    """The places for a tenant's sessions: first in, first out."""

    def __init__(self, resources: Resources, *, places_max: Callable[[], int | None]) -> None:
        self._resources = resources
        self._places_max = places_max
        self._places: Slots[Session] = Slots()

    def open(self, session: Session, at: Moment) -> None:
        self._resources.add(session)
        self._places.join(session)
        self.admit_waiting(at)

    def leave(self, session: Session, at: Moment) -> None:
        """To be called when a session has ended."""
        if session.is_queued:
            self._places.leave(session)
        else:
            self._places.release()
            self.admit_waiting(at)

    def admit_waiting(self, at: Moment) -> None:
        while (session := self._places.grant_next(self._places_max())) is not None:
            session.admit(at)
            self._resources.schedule(session)

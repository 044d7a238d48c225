"""The port `Upstream` on Runway's HTTP API: what each answer means for the money."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from gateway.ports.upstream import Answer, Gone, NotStarted, PerhapsStarted, Started, Unreadable
from gateway.rules.ids import UpstreamId
from gateway.rules.settlement import Observation
from gateway.upstream import reading
from gateway.upstream.connection import Connection, Lost, Reply, Request, is_plain

REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 503})
"""What Runway itself answers to a create that it does not start (docs: errors)."""
AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
ANSWER_HEADERS = ("content-type", "retry-after", "apigw-requestid")
"""What of Runway's answer headers is passed on."""


@dataclass(frozen=True)
class Runway:
    """One Runway project."""

    connection: Connection

    async def create(
        self, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Started | NotStarted | PerhapsStarted:
        """Send a create, once, on a connection of its own."""
        outcome = await self.connection.send(
            Request(
                call="create",
                method="POST",
                path=path,
                seconds=self.connection.timeouts.create,
                body=body,
                headers=headers,
                fresh=True,
            )
        )
        match outcome:
            case Reply():
                return _created(outcome)
            case Lost(sent=False):
                return NotStarted(None, None, again=True)
            case Lost():
                return PerhapsStarted(outcome.why)

    async def read(self, id: UpstreamId) -> Observation | Gone | Unreadable:
        """Read a task."""
        outcome = await self.connection.send(
            Request(call="read", method="GET", path=_task(id), seconds=self.connection.timeouts.read)
        )
        match outcome:
            case Reply(status=HTTPStatus.OK, body=bytes() as body):
                return reading.observation(body) or Unreadable(HTTPStatus.OK)
            case Reply(status=HTTPStatus.NOT_FOUND):
                return Gone()
            case Reply():
                return Unreadable(outcome.status)
            case Lost():
                return Unreadable(None, late=outcome.late)

    async def delete(self, id: UpstreamId) -> bool:
        """Cancel or delete a task; a second DELETE finds nothing, which is as good."""
        outcome = await self.connection.send(
            Request(call="delete", method="DELETE", path=_task(id), seconds=self.connection.timeouts.delete)
        )
        return isinstance(outcome, Reply) and outcome.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}

    async def forward(
        self, method: str, path: str, *, query: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer | Unreadable:
        """Pass on a request that costs nothing. A 401 or a redirect is between Runway and the gateway."""
        outcome = await self.connection.send(
            Request(
                call="forward",
                method=method,
                path=path,
                seconds=self.connection.timeouts.forward,
                query=query,
                body=body,
                headers=headers,
            )
        )
        if isinstance(outcome, Lost):
            return Unreadable(None, late=outcome.late)
        if outcome.body is None or not _may_pass(outcome):
            return Unreadable(outcome.status)
        given = ((name, outcome.headers.get(name, "")) for name in ANSWER_HEADERS)
        passed = {name: value for name, value in given if value and is_plain(value)}
        return Answer(outcome.status, passed, outcome.body)

    async def concurrency(self) -> Mapping[str, int | None] | None:
        """Read the tier's limits, which are per model."""
        outcome = await self.connection.send(
            Request(
                call="concurrency",
                method="GET",
                path="/v1/organization",
                seconds=self.connection.timeouts.read,
            )
        )
        match outcome:
            case Reply(status=HTTPStatus.OK, body=bytes() as body):
                return reading.concurrency(body)
            case Reply() | Lost():
                return None


def _created(reply: Reply) -> Started | NotStarted | PerhapsStarted:
    """Only Runway's own refusals, and its 503 that sheds load, are certain to have started nothing.

    Anything in front of Runway may answer for it after the request went through.
    """
    body = reply.body or b""
    id = reading.upstream_id(body)
    if reply.is_success and id:
        return Started(id, reading.estimate(body), body)
    if reply.status in REFUSALS and reading.is_error(body):
        return NotStarted(reply.status, reply.body, again=reply.status in AGAIN)
    return PerhapsStarted(f"status {reply.status}, with no answer that can be read")


def _may_pass(reply: Reply) -> bool:
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return False
    return reply.is_success or reply.is_client_error


def _task(id: UpstreamId) -> str:
    return f"/v1/tasks/{id}"

"""The door: polls at once, then Runway's API, then all that is the gateway's own, each request told once."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.flows.authenticate import Authenticate
from gateway.flows.deliveries import Deliveries
from gateway.ports.catalogue import Catalogue
from gateway.ports.clock import Clock
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.ports.telemetry import Report
from gateway.rules.events import Answered, Refused, StepFailed, StoreAway
from gateway.rules.ids import TaskId, TeamId
from gateway.rules.refusals import BudgetExceeded, Invalid, Refusal, TooManyRequests, Unavailable
from gateway.web import rate_limit
from gateway.web.bearer import bearer
from gateway.web.exchange import (
    JSON,
    App,
    ClientGone,
    Headers,
    Receive,
    Reply,
    Scope,
    Send,
    header_map,
    is_gone,
    is_plain,
    reply_to,
    send_reply,
)
from gateway.web.polls import Polls
from gateway.web.problems import problem
from gateway.web.request_id import request_id
from gateway.web.surface import Call, Surface, check_hop, check_version

RUNWAY = "/v1/"
BROKEN = Reply(
    500,
    b'{"error":"The gateway failed; whether anything was started is in its tasks","code":"internal"}',
    (JSON, (b"x-should-retry", b"false")),
)
"""A bug. Nothing is known of what was started, so no SDK is to send it again by itself."""
REQUEST_ID = b"x-request-id"
POLLED = b"/v1/tasks/"
SHOWN = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: %b\r\ncontent-length: %d\r\n\r\n%b"
)


@dataclass(frozen=True, kw_only=True)
class Front:
    """An ASGI application in front of the framework's."""

    authenticate: Authenticate
    catalogue: Catalogue
    polls: Polls
    surface: Surface
    own: App
    clock: Clock
    deliveries: Deliveries
    new_id: Callable[[], str]
    seconds: Callable[[], float]
    report: Report

    def at_once(self, target: bytes, headers: Headers) -> bytes | None:
        """Answer a poll from memory, whole; None when that takes more, or it is not as it should be."""
        if not target.startswith(POLLED):
            return None
        began = self.seconds()
        by_name = header_map(headers)
        body = self._shown(TaskId(target[len(POLLED) :].decode("latin-1")), by_name)
        if body is None:
            return None
        id = request_id(by_name.get(REQUEST_ID), self.new_id)
        self.polls.count(self.seconds() - began)
        return SHOWN % (id.encode(), len(body), body)

    def _shown(self, task: TaskId, headers: dict[bytes, bytes]) -> bytes | None:
        try:
            holder = self.authenticate.known(bearer(headers))
            check_hop(headers)
            check_version(headers)
        except Refusal:
            return None
        return None if holder is None else self.polls.at_once(holder, task)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.own(scope, receive, send)
            return
        if not is_plain(scope):
            await send_reply(send, reply_to(problem(Invalid("Paths and queries take printable characters"))))
            return
        if not scope["path"].startswith(RUNWAY):
            await self.own(scope, receive, send)
            return
        began = self.seconds()
        headers = header_map(scope["headers"])
        id = request_id(headers.get(REQUEST_ID), self.new_id)
        reply, call = await self._reply(scope, headers, id, receive=receive)
        if reply is not None:
            stamped = Reply(reply.status, reply.body, (*reply.headers, (REQUEST_ID, id.encode())))
            if call is not None and call.task is not None and not await is_gone(receive):
                self.deliveries.note(TaskId(call.task))
            await send_reply(send, stamped)
            self._tell(scope, reply, call, took=self.seconds() - began, id=id)

    async def _reply(
        self, scope: Scope, headers: dict[bytes, bytes], id: str, *, receive: Receive
    ) -> tuple[Reply | None, Call | None]:
        """Answer from the surface; None when the client is gone."""
        call: Call | None = None
        try:
            secret = bearer(headers)
            call = Call(
                secret=secret, address=(scope.get("client") or ("",))[0], request_id=id, receive=receive
            )
            check_hop(headers)
            return await self.surface.answer(scope, headers, call), call
        except ClientGone:
            return None, call
        except Refusal as refusal:
            self._tell_refusal(refusal, call, id)
            return self._refused(refusal), call
        except (LedgerAway, RecordsAway) as away:
            store = "ledger" if isinstance(away, LedgerAway) else "records"
            self.report(StoreAway(request_id=id, store=store))
            return reply_to(problem(Unavailable(f"its {store} cannot be reached"))), call
        except Exception as bug:  # noqa: BLE001 - the SDKs must get an error they can read, and not resend it
            self.report(StepFailed(request_id=id, step="request", error=type(bug).__name__))
            return BROKEN, call

    def _refused(self, refusal: Refusal) -> Reply:
        reply = reply_to(problem(refusal))
        if not isinstance(refusal, BudgetExceeded | TooManyRequests):
            return reply
        rates = rate_limit.of_refusal(refusal.limit, self.clock.now())
        return Reply(reply.status, reply.body, (*reply.headers, *rates))

    def _tell_refusal(self, refusal: Refusal, call: Call | None, id: str) -> None:
        """Tell refusals of creates; a stranger's is told without a team."""
        if call is None or call.creates is None:
            return
        limit = (
            f"{refusal.limit.owner} {refusal.limit.measure}"
            if isinstance(refusal, BudgetExceeded | TooManyRequests)
            else None
        )
        self.report(
            Refused(
                request_id=id,
                team=TeamId(call.team) if call.team else None,
                operation=call.creates,
                model=call.model if isinstance(call.model, str) else None,
                code=refusal.code,
                limit=limit,
            )
        )

    def _tell(self, scope: Scope, reply: Reply, call: Call | None, *, took: float, id: str) -> None:
        operation = self.catalogue.find(scope["method"], scope["path"])
        self.report(
            Answered(
                request_id=id,
                route=operation.path if operation is not None else "other",
                method=scope["method"],
                status=reply.status,
                seconds=took,
                team=TeamId(call.team) if call is not None and call.team else None,
            )
        )

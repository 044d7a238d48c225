"""Runway's API as teams see it: each request is matched to an operation and given to its story."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from gateway.flows.asked import Asked, Created
from gateway.flows.authenticate import Authenticate
from gateway.flows.cancel import Cancel
from gateway.flows.create import Create
from gateway.flows.pass_on import PassOn
from gateway.ports.catalogue import Access, Catalogue, Operation
from gateway.ports.clock import Clock
from gateway.ports.upstream import Answer
from gateway.rules.credits import shown
from gateway.rules.directory import Holder
from gateway.rules.ids import TaskId
from gateway.rules.refusals import Invalid, InvalidBody, Issue, NotFound, NotOffered, TeamsOnly
from gateway.web import rate_limit, wishes
from gateway.web.bearer import AdminKeys
from gateway.web.exchange import JSON, Bodies, Receive, Reply, Scope, parse_object
from gateway.web.polls import Polls

VERSION = b"2024-11-06"
HOP = b"x-gateway-hop"
METHOD_NOT_ALLOWED = Reply(405, b'{"error":"Method not allowed"}', (JSON, (b"x-should-retry", b"false")))
_ALLOWED_UPLOAD = frozenset({"filename", "type"})


@dataclass(frozen=True, kw_only=True)
class Surface:
    """Answers everything below `/v1/` that is not a poll from memory."""

    authenticate: Authenticate
    admin_keys: AdminKeys
    catalogue: Catalogue
    create: Create
    cancel: Cancel
    pass_on: PassOn
    polls: Polls
    bodies: Bodies
    clock: Clock

    async def answer(self, scope: Scope, headers: Mapping[bytes, bytes], call: "Call") -> Reply:
        """Answer one request. Raises a Refusal."""
        check_version(headers)
        operation = self.catalogue.find(scope["method"], scope["path"])
        if operation is not None and operation.access is Access.CREATE:
            call.creates = operation.name
        if self.admin_keys.accepts(call.secret):
            return await self._for_admin(operation, scope, headers)
        holder = await self.authenticate.holder(call.secret, address=call.address)
        call.team = holder.team.id
        if operation is None:
            return self._nowhere(scope)
        return await self._for_team(operation, holder, scope, headers=headers, call=call)

    async def _for_admin(
        self, operation: Operation | None, scope: Scope, headers: Mapping[bytes, bytes]
    ) -> Reply:
        if operation is None:
            return self._nowhere(scope)
        if operation.access is not Access.ADMIN_READ and operation.method != "GET":
            raise TeamsOnly(operation.name)
        query = scope["query_string"].decode("latin-1")
        answer = await self.pass_on.read(
            "GET", scope["path"], query=query, headers=wishes.passed_headers(headers)
        )
        return _passed(answer)

    async def _for_team(
        self,
        operation: Operation,
        holder: Holder,
        scope: Scope,
        *,
        headers: Mapping[bytes, bytes],
        call: "Call",
    ) -> Reply:
        match operation.access:
            case Access.CREATE:
                return await self._create(operation, holder, headers, call=call)
            case Access.OWN_TASK:
                return await self._task(operation, holder, TaskId(scope["path"].rpartition("/")[2]))
            case Access.OWN_UPLOAD:
                return await self._upload(holder, headers, call=call)
            case Access.OWN_ORGANIZATION:
                return Reply(200, msgspec.json.encode(await self.pass_on.organization(holder)))
            case Access.ADMIN_READ | Access.CLOSED:
                raise NotOffered(operation.name)

    async def _create(
        self, operation: Operation, holder: Holder, headers: Mapping[bytes, bytes], *, call: "Call"
    ) -> Reply:
        wishes.check_names(headers)
        body = await self.bodies.read(headers, call.receive, owner=holder.team.id)
        try:
            asked = Asked(
                holder=holder,
                operation=operation,
                body=parse_object(body),
                digest=sha256(operation.name.encode() + b"\n" + body).hexdigest(),
                headers=wishes.passed_headers(headers),
                attempt=wishes.attempt(headers),
                idempotency_key=wishes.idempotency_key(headers),
                labels=wishes.labels(headers),
                cache=wishes.cache(headers),
                priority=wishes.priority(headers),
                dry_run=wishes.dry_run(headers),
                request_id=call.request_id,
            )
            call.model = asked.body.get("model")
            created = await self.create.create(asked)
        finally:
            self.bodies.release(len(body), owner=holder.team.id)
        call.task = created.task.id if created.task is not None else None
        return _created(created, self.clock.now())

    async def _task(self, operation: Operation, holder: Holder, task: TaskId) -> Reply:
        if operation.method == "GET":
            return Reply(200, await self.polls.body(holder, task))
        await self.cancel.cancel(task, holder.team.id)
        return Reply(204, b"", ())

    async def _upload(self, holder: Holder, headers: Mapping[bytes, bytes], *, call: "Call") -> Reply:
        body = await self.bodies.read(headers, call.receive, owner=holder.team.id)
        try:
            asked = parse_object(body)
            issues = self.catalogue.problems("uploads_create_ephemeral", asked)
            if issues:
                raise InvalidBody(issues)
            known = {name: value for name, value in asked.items() if name in _ALLOWED_UPLOAD}
            passed = wishes.passed_headers(headers)
            return _passed(await self.pass_on.upload(holder, msgspec.json.encode(known), passed))
        finally:
            self.bodies.release(len(body), owner=holder.team.id)

    def _nowhere(self, scope: Scope) -> Reply:
        if self.catalogue.methods_of(scope["path"]):
            return METHOD_NOT_ALLOWED
        raise NotFound("this path in Runway's API")


class Call:
    """What is known of a request while it is answered; the log reads it at the end."""

    __slots__ = ("address", "creates", "model", "receive", "request_id", "secret", "task", "team")

    def __init__(self, *, secret: str, address: str, request_id: str, receive: Receive) -> None:
        self.secret, self.address, self.request_id, self.receive = secret, address, request_id, receive
        self.team: str | None = None
        self.creates: str | None = None
        self.model: object = None
        self.task: str | None = None


def check_hop(headers: Mapping[bytes, bytes]) -> None:
    """Refuse what a gateway sent: it would go round for ever. Raises Invalid."""
    if HOP in headers:
        raise Invalid("This request came from a gateway: its upstream is set to a gateway's address")


def check_version(headers: Mapping[bytes, bytes]) -> None:
    """Refuse a wrong `X-Runway-Version` as Runway does. Raises Invalid or InvalidBody."""
    sent = headers.get(b"x-runway-version")
    if sent is None:
        raise Invalid("The X-Runway-Version header is required; send 2024-11-06")
    if sent != VERSION:
        issue = Issue("invalid_value", ("X-Runway-Version",), "Expected the version 2024-11-06")
        raise InvalidBody((issue,))


def _created(created: Created, now: datetime) -> Reply:
    """Answer with id and estimate, and with all that Runway said where it says more."""
    content: dict[str, object] = {}
    if created.generation is not None and created.generation.answer is not None:
        content = msgspec.json.decode(created.generation.answer)
    if created.task is not None:
        content["id"] = created.task.id
    else:
        content["dryRun"] = True
    content["estimatedCost"] = {"credits": shown(created.estimate)}
    headers = (
        JSON,
        (b"x-gateway-cache", created.cache.encode()),
        (b"x-gateway-credits", f"reserved={shown(created.estimate)}".encode()),
        *(() if created.quota is None else rate_limit.of_quota(created.quota, now)),
    )
    return Reply(200, msgspec.json.encode(content), headers)


def _passed(answer: Answer) -> Reply:
    headers = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()
    )
    return Reply(answer.status, answer.body, headers or (JSON,))

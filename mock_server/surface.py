"""What every operation of Runway's API has in common: key, version, body, validation, faults, journal."""

from collections.abc import Callable
from dataclasses import dataclass

from mock_server import bodies, conformance, interference, queries, refusals
from mock_server.asgi import Answer, Hangup, Request
from mock_server.calls import Call, Refused, RunwayEndpoint
from mock_server.faults.armory import Circumstances
from mock_server.inputs import examination
from mock_server.issues import Issue
from mock_server.journal import Journal, Record, redacted
from mock_server.keys import LENGTH_MAX, bearer, looks_real
from mock_server.models import billed_model
from mock_server.router import Parameters
from mock_server.spec import RUNWAY_VERSION, Operation
from mock_server.tenant import Tenant
from mock_server.world import World

LIBERTIES = frozenset({"custom", "invalid_union"})
"""What examples in the SDK's own tests get wrong: fields that exclude one another, media without a URI."""
ROUTED = frozenset({"generate_video", "generate_image", "generate_audio"})
NAME_MAX = 100  # characters of a model's name in the journal
RETRY_COUNT_HEADER = "x-stainless-retry-count"


@dataclass(frozen=True, slots=True)
class Surface:
    """One operation, guarded as Runway guards it."""

    operation: Operation
    endpoint: RunwayEndpoint
    model_of: Callable[[Call], str]

    async def __call__(self, world: World, request: Request, parameters: Parameters) -> Answer | Hangup:
        try:
            call = self._begin(world, request, parameters)
        except Refused as refused:
            world.exercised.answered(refused.answer)
            self._note_stranger(world, request, refused.answer)
            return refused.answer
        try:
            outcome = await self._carry_out(call)
        except Refused as refused:
            outcome = conformance.checked(call, refused.answer)
        world.exercised.answered(outcome)
        if world.knows(call.tenant):
            self._note(world.journal, call, outcome)
        return outcome

    def _begin(self, world: World, request: Request, parameters: Parameters) -> Call:
        tenant = _tenant(world, request)
        tenant.advance()
        return Call(
            world=world, operation=self.operation, request=request, parameters=parameters, tenant=tenant
        )

    async def _carry_out(self, call: Call) -> Answer | Hangup:
        if call.request.headers.get("x-runway-version") != RUNWAY_VERSION:
            raise Refused(refusals.wrong_version(RUNWAY_VERSION))
        self._read_query(call)
        raw = await self._read_body(call)
        call.faults = interference.faults_of(call.request, raw, self._circumstances(call), call.world.armory)
        return await interference.carry_out(
            lambda: self._answer(call), call.faults, call.world.surroundings.sleep
        )

    def _circumstances(self, call: Call) -> Circumstances:
        return Circumstances(
            operation=self.operation.id,
            is_create=self.operation.creates is not None,
            model=lambda: self._model(call),
            tenant=call.tenant.key,
            now=call.tenant.clock.now(),
        )

    def _model(self, call: Call) -> str:
        """Found out once, and only when somebody asks: a routed request has to be routed for it."""
        call.model = call.model or self.model_of(call)
        return call.model

    async def _answer(self, call: Call) -> Answer | Hangup:
        return conformance.checked(call, await self.endpoint(call))

    def _read_query(self, call: Call) -> None:
        """Sets the call's query, when it is what Runway accepts."""
        call.query = queries.read(call.request.query, self.operation)
        problems = call.world.rulebook.validation.query_problems(self.operation, call.query)
        if problems:
            raise Refused(refusals.invalid_query(problems))

    async def _read_body(self, call: Call) -> bytes:
        """Sets the call's body, when it is what Runway accepts."""
        if self.operation.body is None:
            return b""
        bounds = call.world.settings.bounds
        raw = bodies.with_own_urls(await bodies.read(call.request, bounds), call.public_origin)
        body = bodies.decode(raw, nesting_max=bounds.nesting)
        if isinstance(body, dict):
            call.is_dry_run = self.operation.id in ROUTED and bodies.take_dry_run(body)
            call.body = body
        if problems := self._problems(call, body):
            raise Refused(refusals.invalid_body(problems))
        assert isinstance(body, dict), "the schema of every body asks for an object"
        return raw

    def _problems(self, call: Call, body: object) -> list[Issue]:
        found = call.world.rulebook.validation.problems(self.operation, body)
        if call.world.settings.pinned_id is None:
            return found or examination.problems(call)
        return [problem for problem in found if problem["code"] not in LIBERTIES]

    def _note(self, journal: Journal, call: Call, outcome: Answer | Hangup) -> None:
        record = Record(
            number=journal.next_number(),
            moment=call.tenant.clock.now(),
            operation=self.operation.id,
            method=call.request.method,
            path=call.request.path,
            status=outcome.status,
            tenant=call.tenant.key,
            model=self._named_model(call),
            task=call.task_id,
            retry_count=retry_count(call.request),
            reason=refusals.reason_of(outcome),
            body=redacted(call.body) if call.body else None,
        )
        journal.add(record)

    def _named_model(self, call: Call) -> str:
        """Of a create, also of one that was refused, whatever it named."""
        if not self.operation.creates:
            return ""
        return (call.model or billed_model(self.operation.id, call.body))[:NAME_MAX]

    def _note_stranger(self, world: World, request: Request, answer: Answer) -> None:
        record = Record(
            number=world.journal.next_number(),
            moment=world.clock.now(),
            operation=self.operation.id,
            method=request.method,
            path=request.path,
            status=answer.status,
            reason=refusals.reason_of(answer),
        )
        world.journal.add(record)


def retry_count(request: Request) -> int:
    """How often the SDK has sent this before; 0 when it does not say."""
    text = request.headers.get(RETRY_COUNT_HEADER, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0  # noqa: PLR2004 (SDKs count to 2)


def _tenant(world: World, request: Request) -> Tenant:
    key = bearer(request.headers)
    if key is None:
        raise Refused(refusals.no_key())
    if len(key) > LENGTH_MAX:
        raise Refused(refusals.limitation(401, f"it takes keys of at most {LENGTH_MAX} characters."))
    if looks_real(key) and not world.settings.allow_real_keys:
        raise Refused(refusals.real_key())
    tenant = world.tenant(key)
    if tenant is None:
        raise Refused(refusals.too_many_keys(world.settings.bounds.tenants))
    return tenant

"""The story of a create: from an unchanged SDK call to a held reservation, a record and an answer."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.flows.admit import Admit
from gateway.flows.asked import Admission, Asked, CacheState, CacheWish, Created, Left, Wanted
from gateway.flows.authenticate import Authenticate
from gateway.flows.forwards import Forwards
from gateway.flows.price import Prices
from gateway.flows.share import Share
from gateway.ports.board import Board
from gateway.ports.catalogue import Catalogue
from gateway.ports.clock import Clock
from gateway.ports.ledger import Joined, Ledger, LimitReached
from gateway.ports.records import Admissions, SameIdempotencyKey, Seen, Stages
from gateway.ports.telemetry import Report
from gateway.rules import permit, sameness
from gateway.rules.accounts import RATE, claims
from gateway.rules.credits import ZERO, Credits
from gateway.rules.events import Admitted, Missed, Reused, ReuseKind
from gateway.rules.generation import Generation, Stage, Task
from gateway.rules.ids import GenerationId
from gateway.rules.policy import Reuse
from gateway.rules.quota import tightest
from gateway.rules.refusals import (
    Invalid,
    InvalidBody,
    Issue,
    LimitFacts,
    NotReusable,
    TooManyRequests,
    Unavailable,
    UpstreamAway,
    UpstreamKeyRefused,
    UpstreamRefused,
)

ATTEMPTS_MAX = 40
"""How often a create starts again when the world moved meanwhile, two seconds in all."""
UNAUTHORIZED = 401
PAUSE_SECONDS = 0.05
"""How long another request needs to record what it reserved a moment ago."""
UPLOADS_MAX = 100
"""Different uploads that one body may name: each is looked up in the records."""


@dataclass(frozen=True, kw_only=True)
class Create:
    """Answers a create. The steps stand in the order in which they happen."""

    authenticate: Authenticate
    catalogue: Catalogue
    prices: Prices
    ledger: Ledger
    admissions: Admissions
    stages: Stages
    share: Share
    admit: Admit
    forwards: Forwards
    board: Board
    clock: Clock
    report: Report

    async def create(self, asked: Asked) -> Created:
        """Answer a create of a team.

        Raises a Refusal: of the request's form, of a policy, of a limit, or Runway's own.
        """
        wanted = self._want(asked, await self._count(asked))
        await self._check_uploads(asked)
        if asked.dry_run:
            return self._created(wanted, None, None, cache=CacheState.BYPASS, estimate=wanted.price.credits)
        own = await self.share.own(wanted)
        if own is not None:
            return await self._reused(wanted, own, ReuseKind.RETRIED)
        return await self._share_or_admit(wanted)

    async def _count(self, asked: Asked) -> Left:
        """Count the request on its per-minute limits, whatever becomes of it; tell what they have left."""
        now = self.clock.now()
        model = self.catalogue.model_of(asked.operation.name, asked.body)
        wishes = claims(asked.holder.levels, RATE, model=model, price=ZERO, now=now)
        if not wishes:
            return ()
        answer = await self.ledger.count(wishes)
        if isinstance(answer, LimitReached):
            raise _too_many(answer, now)
        return answer.left

    def _want(self, asked: Asked, left: Left) -> Wanted:
        """Validate, price, permit and fingerprint a request."""
        operation = asked.operation.name
        issues = self.catalogue.problems(operation, asked.body)
        if issues:
            raise InvalidBody(issues)
        model = self.catalogue.model_of(operation, asked.body)
        identity = self.catalogue.identity(operation, asked.body)
        price = self.prices.price(operation, asked.body, identity=identity)
        reason = permit.refusal(
            asked.holder.levels,
            operation=operation,
            model=model,
            seconds=price.seconds,
            price=price.credits,
        )
        if reason is not None:
            raise reason
        fingerprint = self._fingerprint(asked, model, identity)
        return Wanted(asked=asked, model=model, price=price, fingerprint=fingerprint, left=left)

    def _fingerprint(self, asked: Asked, model: str, identity: bytes) -> str | None:
        """Name what an identical request shares; None when this one may not be shared."""
        operation, reuse = asked.operation.name, asked.holder.reuse
        seeded = asked.body.get("seed") is not None and self.catalogue.honours_seed(operation, model)
        if not seeded or reuse is Reuse.NONE or asked.cache is CacheWish.NO_STORE:
            return None
        scope = "organisation" if reuse is Reuse.ORGANISATION else f"team/{asked.holder.team.id}"
        return sameness.fingerprint(scope, operation, model=model, identity=identity)

    async def _check_uploads(self, asked: Asked) -> None:
        """Refuse uploads of other teams as Runway refuses those it does not know."""
        uris = dict(_uploads(asked.body, ()))
        if not uris:
            return
        if len(uris) > UPLOADS_MAX:
            raise Invalid(f"The body names more than {UPLOADS_MAX} uploads; name fewer")
        owned = await self.admissions.owned_uploads(asked.holder.team.id, frozenset(uris))
        issues = tuple(
            Issue("custom", path, "Could not find the upload.")
            for uri, path in uris.items()
            if uri not in owned
        )
        if issues:
            raise InvalidBody(issues)

    async def _share_or_admit(self, wanted: Wanted) -> Created:
        """Join the like of it, or reserve and record; again while other requests change the answer."""
        alone = False
        for _ in range(ATTEMPTS_MAX):
            like = await self.share.like(wanted)
            if like is not None:
                return await self._reused(wanted, like, _kind_of(like))
            if wanted.asked.cache is CacheWish.ONLY_IF_CACHED:
                raise NotReusable
            match await self.admit.admit(wanted, alone=alone):
                case Admission() as admission:
                    return await self._admitted(wanted, admission)
                case SameIdempotencyKey() as same:
                    return await self._same_key(wanted, same)
                case Joined(generation):
                    await self.clock.sleep(PAUSE_SECONDS)
                    alone = await self._is_retired(generation)
                case None:
                    wanted = await self._brought_up_to_date(wanted)
        raise Unavailable("the ledger is being rebuilt")

    async def _is_retired(self, generation: GenerationId) -> bool:
        """Tell whether everyone has left a generation: the ledger still names it, but nobody may join."""
        found = await self.stages.find({generation})
        return generation in found and found[generation].fingerprint is None

    async def _brought_up_to_date(self, wanted: Wanted) -> Wanted:
        await self.clock.sleep(PAUSE_SECONDS)
        holder = await self.authenticate.reread(wanted.asked.holder)
        return self._want(structs.replace(wanted.asked, holder=holder), wanted.left)

    async def _admitted(self, wanted: Wanted, admission: Admission) -> Created:
        """Forward now if the generation got a slot, and answer with what came of it."""
        task, generation = admission.task, admission.generation
        self._tell_admitted(wanted, task, generation)
        if generation.stage is Stage.FORWARDING:
            self.forwards.start(generation, awaited=True)
            generation = await self.forwards.outcome(generation)
        _raise_upstream_error(generation)
        self.board.put(Seen(task, generation))
        cache = CacheState.BYPASS if wanted.fingerprint is None else CacheState.MISS
        wanted = structs.replace(wanted, left=wanted.left + admission.left)
        return self._created(wanted, task, generation, cache=cache, estimate=generation.reserved)

    async def _same_key(self, wanted: Wanted, same: SameIdempotencyKey) -> Created:
        seen = await self.share.own(wanted)
        if seen is None:
            raise Unavailable(f"task {same.task.id} is being recorded")
        return await self._reused(wanted, seen, ReuseKind.RETRIED)

    async def _reused(self, wanted: Wanted, seen: Seen, kind: ReuseKind) -> Created:
        """Answer with an existing generation; a follower gets the same refusal as the one it follows."""
        generation = await self.forwards.outcome(seen.generation)
        _raise_upstream_error(generation)
        self.board.put(Seen(seen.task, generation))
        asked, task = wanted.asked, seen.task
        self.report(
            Reused(
                request_id=asked.request_id,
                team=task.team,
                operation=asked.operation.name,
                model=wanted.model,
                task=task.id,
                kind=kind,
                saved=task.saved,
            )
        )
        cache = CacheState.JOINED if kind is ReuseKind.JOINED else CacheState.HIT
        estimate = generation.reserved if task.pays else ZERO
        return self._created(wanted, task, generation, cache=cache, estimate=estimate)

    def _created(
        self,
        wanted: Wanted,
        task: Task | None,
        generation: Generation | None,
        *,
        cache: CacheState,
        estimate: Credits,
    ) -> Created:
        quota = tightest(wanted.left, self.clock.now())
        return Created(task=task, generation=generation, cache=cache, estimate=estimate, quota=quota)

    def _tell_admitted(self, wanted: Wanted, task: Task, generation: Generation) -> None:
        asked = wanted.asked
        operation, model = generation.operation, generation.model
        if wanted.fingerprint is not None:
            missed = Missed(request_id=asked.request_id, team=task.team, operation=operation, model=model)
            self.report(missed)
        self.report(
            Admitted(
                request_id=asked.request_id,
                team=task.team,
                operation=operation,
                model=model,
                task=task.id,
                generation=generation.id,
                reserved=generation.reserved,
                queued=generation.stage is Stage.QUEUED,
            )
        )


def _kind_of(like: Seen) -> ReuseKind:
    return ReuseKind.HIT if like.generation.is_terminal else ReuseKind.JOINED


def _raise_upstream_error(generation: Generation) -> None:
    """Give Runway's own refusal of the create to whoever waits for it."""
    outcome = generation.outcome
    if outcome is None or outcome.succeeded:
        return
    if outcome.error is not None and outcome.error.status == UNAUTHORIZED:
        raise UpstreamKeyRefused
    if outcome.error is not None:
        raise UpstreamRefused(outcome.error.status, outcome.error.body.encode())
    if outcome.failure_code == UpstreamAway.failure_code:
        raise UpstreamAway


def _too_many(reached: LimitReached, now: datetime) -> TooManyRequests:
    account = reached.claim.account
    resets_at = account.resets_at(now)
    assert resets_at is not None, "requests are counted per minute"
    facts = LimitFacts.of(
        account.owner, account.limit, total=reached.total, held=reached.held, resets_at=resets_at
    )
    return TooManyRequests(facts, retry_after=max(1, round((resets_at - now).total_seconds())))


def _uploads(value: object, path: tuple[str | int, ...]) -> list[tuple[str, tuple[str | int, ...]]]:
    """List every upload that a body names, with its place."""
    match value:
        case str() if value.startswith("runway://"):
            return [(value, path)]
        case dict():
            return [found for name, inner in value.items() for found in _uploads(inner, (*path, name))]
        case list():
            return [found for place, inner in enumerate(value) for found in _uploads(inner, (*path, place))]
        case _:
            return []

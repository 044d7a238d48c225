"""The story of what costs nothing: uploads, a team's view of the organisation, an administrator's reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from gateway.ports.clock import Clock
from gateway.ports.ledger import Ledger
from gateway.ports.limits import Concurrency
from gateway.ports.records import Admissions
from gateway.ports.reports import Reports
from gateway.ports.upstream import Answer, Unreadable, Upstream
from gateway.rules.accounts import Account, Claim
from gateway.rules.credits import CREDITS_MAX, shown
from gateway.rules.directory import Holder
from gateway.rules.ids import ORGANIZATION
from gateway.rules.policy import Measure, Per
from gateway.rules.refusals import UpstreamAway, UpstreamTimeout

DAY = timedelta(hours=24)
UPLOAD_PATH = "/v1/uploads"
CREATED = 200


@dataclass(frozen=True, kw_only=True)
class PassOn:
    """Passes requests on, with the owner's view where there is one."""

    upstream: Upstream
    admissions: Admissions
    reports: Reports
    ledger: Ledger
    concurrency: Concurrency
    models: frozenset[str]
    clock: Clock

    async def read(self, method: str, path: str, *, query: str, headers: Mapping[str, str]) -> Answer:
        """Pass an administrator's read on. Raises UpstreamAway, UpstreamTimeout."""
        return _answered(await self.upstream.forward(method, path, query=query, body=None, headers=headers))

    async def upload(self, holder: Holder, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Make an upload that belongs to the team. Raises UpstreamAway, UpstreamTimeout."""
        answer = _answered(
            await self.upstream.forward("POST", UPLOAD_PATH, query="", body=body, headers=headers)
        )
        if answer.status == CREATED:
            made = msgspec.json.decode(answer.body, type=_Upload)
            await self.admissions.add_upload(holder.team.id, made.runwayUri, at=self.clock.now())
        return answer

    async def organization(self, holder: Holder) -> dict[str, object]:
        """Tell a team its own balance, limits and use in the shape of Runway's organisation."""
        now = self.clock.now()
        since = now - DAY
        daily = await self.reports.daily_generations(team=holder.team.id, since=since)
        balance = await self._balance(holder)
        return {
            "creditBalance": int(shown(balance)),
            "tier": {
                "maxMonthlyCreditSpend": int(shown(_monthly(holder))),
                "models": {model: self._model(holder, model) for model in sorted(self._allowed(holder))},
            },
            "usage": {"models": {model: {"dailyGenerations": count} for model, count in daily.items()}},
        }

    async def _balance(self, holder: Holder) -> int:
        """What the tightest of the team's and the key's credit limits leaves."""
        now = self.clock.now()
        wishes = [
            Claim(account, 0, now)
            for account in _own(holder)
            if account.limit.measure is Measure.CREDITS and account.limit.model is None
        ]
        if not wishes:
            return CREDITS_MAX
        uses = await self.ledger.use(wishes)
        left = (claim.account.limit.units - use.total for claim, use in zip(wishes, uses, strict=True))
        return max(0, min(left))

    def _allowed(self, holder: Holder) -> set[str]:
        return {
            model for model in self.models if all(level.policy.allows_model(model) for level in holder.levels)
        }

    def _model(self, holder: Holder, model: str) -> dict[str, int | None]:
        covering = [account.limit for account in _own(holder) if account.limit.covers(model)]
        running = [limit.units for limit in covering if limit.measure is Measure.RUNNING]
        upstream = self.concurrency(model)
        running += [] if upstream is None else [upstream]
        daily = [
            limit.units
            for limit in covering
            if limit.measure is Measure.GENERATIONS and limit.per in {Per.DAY, Per.ROLLING_DAY}
        ]
        return {
            "maxConcurrentGenerations": min(running, default=None),
            "maxDailyGenerations": min(daily, default=None),
        }


class _Upload(msgspec.Struct):
    runwayUri: str  # noqa: N815 - Runway's name


def _answered(answer: Answer | Unreadable) -> Answer:
    if isinstance(answer, Unreadable):
        raise UpstreamTimeout if answer.late else UpstreamAway
    return answer


def _own(holder: Holder) -> list[Account]:
    """List what binds the team and the key; the organisation's own limits are not told."""
    return [
        Account(level.owner, limit)
        for level in holder.levels
        if level.owner != ORGANIZATION
        for limit in level.policy.limits
        if limit.enforce
    ]


def _monthly(holder: Holder) -> int:
    limits = (account.limit for account in _own(holder))
    monthly = [limit.units for limit in limits if limit.measure is Measure.CREDITS and limit.per is Per.MONTH]
    return min(monthly, default=CREDITS_MAX)

"""The story of teams, keys and policies: every change is recorded, told and binding at once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import Struct, structs

from gateway.flows.mend import Mend
from gateway.flows.settle import Settle
from gateway.ports.board import Board
from gateway.ports.clock import Clock
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import Directory, RecordsAway, Sight
from gateway.ports.telemetry import Report
from gateway.rules.credits import Credits, shown
from gateway.rules.directory import TEAM_ID, Key, Team
from gateway.rules.events import AdminChanged
from gateway.rules.generation import Basis, Outcome, Stage
from gateway.rules.ids import KeyId, Owner, TaskId, TeamId, key_owner, team_owner
from gateway.rules.keys import fingerprint_of, make_secret
from gateway.rules.policy import Policy, check_policy
from gateway.rules.refusals import Conflict, Invalid, NotFound
from gateway.rules.settlement import Settlement

ADMIN = "admin"
NAME_MAX = 200
NO_EXPIRY = "expiresAt is an instant in the future, with a time zone"


class MadeKey(Struct, frozen=True):
    """A new key with its secret, which is told this once."""

    key: Key
    secret: str


@dataclass(frozen=True, kw_only=True)
class Administer:
    """Changes who may what. Every method raises Invalid, NotFound or Conflict with what to do."""

    directory: Directory
    sight: Sight
    settle: Settle
    mend: Mend
    board: Board
    clock: Clock
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    report: Report

    async def add_team(self, id: str, name: str, policy: Policy) -> Team:
        if TEAM_ID.fullmatch(id) is None:
            raise Invalid(f"A team's id matches ^{TEAM_ID.pattern}$")
        _check(name, policy)
        team = Team(id=TeamId(id), name=name, policy=policy, version=1, created_at=self.clock.now())
        if not await self.directory.add_team(team, actor=ADMIN):
            raise Conflict(f"The team id {id} was used before; choose another")
        await self._changed("team.add", team_owner(team.id))
        return team

    async def change_team(
        self, id: TeamId, *, name: str | None, policy: Policy | None, if_version: int | None
    ) -> Team:
        """Change name, policy or both; `if_version` None overwrites the policy knowingly."""
        team = await self._active_team(id)
        if name is not None:
            _check(name, None)
        if policy is not None:
            version = await self._replace(team_owner(id), policy, if_version=if_version)
            team = structs.replace(team, policy=policy, version=version)
        if name is not None:
            await self.directory.rename_team(id, name, actor=ADMIN, at=self.clock.now())
            team = structs.replace(team, name=name)
        await self._changed("team.change", team_owner(id))
        return team

    async def archive_team(self, id: TeamId) -> None:
        if not await self.directory.archive_team(id, actor=ADMIN, at=self.clock.now()):
            raise NotFound(f"team {id}")
        await self._changed("team.archive", team_owner(id))

    async def add_key(
        self, team: TeamId, label: str, policy: Policy, *, expires_at: datetime | None
    ) -> MadeKey:
        _check(label, policy)
        if expires_at is not None:
            expires_at = _in_utc(expires_at)
            if expires_at <= self.clock.now():
                raise Invalid(NO_EXPIRY)
        secret = make_secret(self.random_bytes)
        key = Key(
            id=KeyId(self.new_id()),
            team=team,
            label=label,
            policy=policy,
            version=1,
            created_at=self.clock.now(),
            expires_at=expires_at,
        )
        if not await self.directory.add_key(key, fingerprint_of(secret), actor=ADMIN):
            raise NotFound(f"team {team}")
        await self._changed("key.add", key_owner(key.id))
        return MadeKey(key, secret)

    async def change_key(self, id: KeyId, policy: Policy, *, if_version: int | None) -> Key:
        """Replace a key's policy."""
        key = await self._active_key(id)
        version = await self._replace(key_owner(id), policy, if_version=if_version)
        return structs.replace(key, policy=policy, version=version)

    async def revoke_key(self, id: KeyId) -> None:
        if not await self.directory.revoke_key(id, actor=ADMIN, at=self.clock.now()):
            raise NotFound(f"key {id}")
        await self._changed("key.revoke", key_owner(id))

    async def set_policy(self, owner: Owner, policy: Policy, *, if_version: int | None) -> int:
        """Replace an owner's policy; limits that are new start at what was really spent."""
        kind, _, id = owner.partition("/")
        if kind == "team":
            await self._active_team(TeamId(id))
        elif kind == "key":
            await self._active_key(KeyId(id))
        return await self._replace(owner, policy, if_version=if_version)

    async def resolve(self, task: TaskId, charged: Credits, reason: str) -> None:
        """Settle an unclear generation at what an administrator found out, also of a deleted task."""
        if not reason.isprintable():
            raise Invalid("A reason takes printable characters")
        seen = await self.sight.any_task(task)
        if seen is None:
            raise NotFound("Task")
        outcome = Outcome(succeeded=False, failure=f"Resolved: {reason}", failure_code="RESOLVED")
        settlement = Settlement(outcome, charged, Basis.RESOLVED)
        if not await self.settle.settle(seen.generation, settlement, stages=(Stage.UNCLEAR,)):
            raise Conflict(f"The task is not unclear but {seen.generation.stage}; nothing is to be resolved")
        detail = f"charged {shown(charged)}: {reason}"
        await self.directory.note(ADMIN, "task.resolve", f"task/{task}", detail=detail, at=self.clock.now())
        self.report(AdminChanged(actor=ADMIN, action="task.resolve", subject=f"task/{task}"))

    async def _active_team(self, id: TeamId) -> Team:
        team = await self.directory.team(id)
        if team is None:
            raise NotFound(f"team {id}")
        if team.archived_at is not None:
            raise Conflict(f"The team {id} is archived; what would change binds nobody")
        return team

    async def _active_key(self, id: KeyId) -> Key:
        key = await self.directory.key(id)
        if key is None:
            raise NotFound(f"key {id}")
        if key.revoked_at is not None:
            raise Conflict(f"The key {id} is revoked; what would change binds nobody")
        return key

    async def _replace(self, owner: Owner, policy: Policy, *, if_version: int | None) -> int:
        _check(None, policy)
        version = await self.directory.set_policy(
            owner, policy, if_version=if_version, actor=ADMIN, at=self.clock.now()
        )
        if version is None:
            raise Conflict("The policy was changed meanwhile; read it again and send its version")
        await self._changed("policy.set", owner)
        return version

    async def _changed(self, action: str, subject: Owner) -> None:
        """Bring the ledger's fence along, so that the next create finds everything in place.

        With a store away the change stands all the same: nothing is granted until the ledger is mended.
        """
        self.report(AdminChanged(actor=ADMIN, action=action, subject=subject))
        with suppress(LedgerAway, RecordsAway):
            await self.mend.mend()


def _in_utc(expires_at: datetime) -> datetime:
    """Tell an instant as it is stored, which has no room for one that is later than all days of UTC."""
    if expires_at.tzinfo is None:
        raise Invalid(NO_EXPIRY)
    try:
        return expires_at.astimezone(UTC)
    except OverflowError:
        raise Invalid(NO_EXPIRY) from None


def _check(name: str | None, policy: Policy | None) -> None:
    if name is not None and not (1 <= len(name) <= NAME_MAX and name.isprintable()):
        raise Invalid(f"A name or label has 1 to {NAME_MAX} printable characters")
    if policy is not None:
        try:
            check_policy(policy)
        except ValueError as wrong:
            raise Invalid(f"policy.{wrong}") from wrong

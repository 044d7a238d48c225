"""Teams, keys and policies, as the port Directory has them."""

from datetime import datetime

from gateway.records import changes, holders
from gateway.records.changes import Act
from gateway.records.database import Database
from gateway.rules.directory import Binding, Holder, Key, Team
from gateway.rules.ids import ORGANIZATION, KeyId, Owner, TeamId, key_owner, team_owner
from gateway.rules.policy import Policy


class SqlDirectory:
    """Implements the port Directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holder(self, key_hash: str) -> Holder | None:
        return await self._database.read(lambda connection: holders.holder_of(connection, key_hash))

    async def organization(self) -> tuple[Policy, int]:
        found = await self._database.read(lambda connection: holders.policy_of(connection, ORGANIZATION))
        return found.policy, found.version

    async def binding(self, team: TeamId, key: KeyId) -> Binding:
        return await self._database.read(lambda connection: holders.binding(connection, team, key))

    async def team(self, team: TeamId) -> Team | None:
        return await self._database.read(lambda connection: holders.find_team(connection, team))

    async def key(self, key: KeyId) -> Key | None:
        return await self._database.read(lambda connection: holders.find_key(connection, key))

    async def add_team(self, team: Team, *, actor: str) -> bool:
        act = Act(actor, "team.add", team_owner(team.id), team.created_at)
        return await self._database.write(lambda connection: changes.add_team(connection, team, act))

    async def rename_team(self, team: TeamId, name: str, *, actor: str, at: datetime) -> Team | None:
        act = Act(actor, "team.rename", team_owner(team), at)
        return await self._database.write(
            lambda connection: changes.rename_team(connection, team, name, act=act)
        )

    async def archive_team(self, team: TeamId, *, actor: str, at: datetime) -> bool:
        act = Act(actor, "team.archive", team_owner(team), at)
        return await self._database.write(lambda connection: changes.archive_team(connection, team, act))

    async def add_key(self, key: Key, key_hash: str, *, actor: str) -> bool:
        act = Act(actor, "key.add", key_owner(key.id), key.created_at)
        return await self._database.write(
            lambda connection: changes.add_key(connection, key, key_hash, act=act)
        )

    async def revoke_key(self, key: KeyId, *, actor: str, at: datetime) -> bool:
        act = Act(actor, "key.revoke", key_owner(key), at)
        return await self._database.write(lambda connection: changes.revoke_key(connection, key, act))

    async def set_policy(
        self,
        owner: Owner,
        policy: Policy,
        *,
        if_version: int | None,
        actor: str,
        at: datetime,
    ) -> int | None:
        act = Act(actor, "policy.set", owner, at)
        return await self._database.write(
            lambda connection: changes.set_policy(connection, policy, if_version=if_version, act=act)
        )

    async def note(self, actor: str, action: str, subject: str, *, detail: str, at: datetime) -> None:
        act = Act(actor, action, subject, at)
        await self._database.write(lambda connection: changes.note(connection, act, detail=detail))

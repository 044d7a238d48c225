"""Teams, their keys, and who holds a key: all that decides what a caller may."""

import re
from datetime import datetime

from msgspec import Struct

from gateway.rules.accounts import Level
from gateway.rules.fence import Fence
from gateway.rules.ids import ORGANIZATION, KeyId, TeamId, key_owner, team_owner
from gateway.rules.policy import Policy, Reuse

TEAM_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Team(Struct, frozen=True, kw_only=True):
    """One row of the table `teams` with its policy."""

    id: TeamId
    name: str
    policy: Policy
    version: int
    """Of the policy; raised by every change."""
    created_at: datetime
    archived_at: datetime | None = None


class Key(Struct, frozen=True, kw_only=True):
    """One row of the table `keys` with its policy; never the secret."""

    id: KeyId
    team: TeamId
    label: str
    policy: Policy
    version: int
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class Binding(Struct, frozen=True):
    """The policies that bind a key, and the fence at which they did."""

    levels: tuple[Level, ...]
    fence: Fence


class Holder(Struct, frozen=True):
    """The team developer behind a request, with all policies that bind, as of one fence."""

    key: Key
    team: Team
    organization: Policy
    fence: Fence
    key_hash: str

    def is_active(self, now: datetime) -> bool:
        expired = self.key.expires_at is not None and self.key.expires_at <= now
        return self.key.revoked_at is None and self.team.archived_at is None and not expired

    @property
    def levels(self) -> tuple[Level, Level, Level]:
        return (
            Level(ORGANIZATION, self.organization),
            Level(team_owner(self.team.id), self.team.policy),
            Level(key_owner(self.key.id), self.key.policy),
        )

    @property
    def binding(self) -> Binding:
        return Binding(self.levels, self.fence)

    @property
    def reuse(self) -> Reuse:
        """The narrowest of the three levels."""
        asked = {level.policy.reuse for level in self.levels}
        return next(reuse for reuse in (Reuse.NONE, Reuse.TEAM, Reuse.ORGANISATION) if reuse in asked)

"""Reads of teams, keys and the policies that bind them. A reading is one snapshot."""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, select

from gateway.records.fencing import read_fence
from gateway.records.rows import to_instant, to_instant_or_none
from gateway.records.tables import keys, policies, teams
from gateway.rules.accounts import Level
from gateway.rules.directory import Binding, Holder, Key, Team
from gateway.rules.ids import ORGANIZATION, KeyId, Owner, TeamId, key_owner, team_owner
from gateway.rules.policy import EMPTY, Policy

_decode = msgspec.json.Decoder(Policy).decode
_KEY = select(keys).where(keys.c.id == bindparam("wanted"))
_BY_HASH = select(keys).where(keys.c.secret_hash == bindparam("hashed"))
_TEAM = select(teams).where(teams.c.id == bindparam("wanted"))
_POLICIES = select(policies).where(policies.c.owner.in_(bindparam("owners", expanding=True)))


class Versioned(Struct, frozen=True):
    """An owner's policy; one that was never set allows everything."""

    policy: Policy = EMPTY
    version: int = 0


def holder_of(connection: Connection, key_hash: str) -> Holder | None:
    row = connection.execute(_BY_HASH, {"hashed": key_hash}).one_or_none()
    if row is None:
        return None
    owners = (ORGANIZATION, team_owner(row.team), key_owner(row.id))
    organization, of_team, of_key = policies_of(connection, owners).values()
    return Holder(
        key=to_key(row, of_key),
        team=to_team(connection.execute(_TEAM, {"wanted": row.team}).one(), of_team),
        organization=organization.policy,
        fence=read_fence(connection),
        key_hash=key_hash,
    )


def binding(connection: Connection, team: TeamId, key: KeyId) -> Binding:
    owners = (ORGANIZATION, team_owner(team), key_owner(key))
    levels = tuple(Level(owner, of.policy) for owner, of in policies_of(connection, owners).items())
    return Binding(levels, read_fence(connection))


def policy_of(connection: Connection, owner: Owner) -> Versioned:
    return policies_of(connection, (owner,))[owner]


def policies_of(connection: Connection, owners: Collection[Owner]) -> dict[Owner, Versioned]:
    """Read the policies of some owners, in their order."""
    found = {
        Owner(row.owner): to_policy(row) for row in connection.execute(_POLICIES, {"owners": list(owners)})
    }
    return {owner: found.get(owner, Versioned()) for owner in owners}


def find_team(connection: Connection, id: TeamId) -> Team | None:
    row = connection.execute(_TEAM, {"wanted": id}).one_or_none()
    return None if row is None else to_team(row, policy_of(connection, team_owner(id)))


def find_key(connection: Connection, id: KeyId) -> Key | None:
    row = connection.execute(_KEY, {"wanted": id}).one_or_none()
    return None if row is None else to_key(row, policy_of(connection, key_owner(id)))


def to_policy(row: Row[Any]) -> Versioned:
    """Read a row of `policies`."""
    return Versioned(_decode(row.body), int(row.version))


def to_team(row: Row[Any], of_team: Versioned) -> Team:
    """Read a row of `teams`."""
    return Team(
        id=row.id,
        name=row.name,
        policy=of_team.policy,
        version=of_team.version,
        created_at=to_instant(row.created_at),
        archived_at=to_instant_or_none(row.archived_at),
    )


def to_key(row: Row[Any], of_key: Versioned) -> Key:
    """Read a row of `keys`."""
    return Key(
        id=row.id,
        team=row.team,
        label=row.label,
        policy=of_key.policy,
        version=of_key.version,
        created_at=to_instant(row.created_at),
        expires_at=to_instant_or_none(row.expires_at),
        revoked_at=to_instant_or_none(row.revoked_at),
    )

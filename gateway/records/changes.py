"""Changes of teams, keys and policies. Each raises the fence's `policies` and is told in the audit log."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Update, bindparam, insert, select, update

from gateway.records import holders
from gateway.records.fencing import raise_policies
from gateway.records.rows import Values, to_json, to_micros, to_micros_or_none
from gateway.records.tables import audit, keys, policies, teams
from gateway.rules.accounts import account_names
from gateway.rules.directory import Key, Team
from gateway.rules.ids import KeyId, Owner, TeamId
from gateway.rules.policy import Policy

_TEAM = select(teams.c.id).where(teams.c.id == bindparam("wanted"))
_RENAME = update(teams).where(teams.c.id == bindparam("wanted")).values(name=bindparam("called"))
_ARCHIVE = (
    update(teams)
    .where(teams.c.id == bindparam("wanted"), teams.c.archived_at.is_(None))
    .values(archived_at=bindparam("at"))
)
_REVOKE = (
    update(keys)
    .where(keys.c.id == bindparam("wanted"), keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_REVOKE_ALL = (
    update(keys)
    .where(keys.c.team == bindparam("of"), keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_ACTIVE_TEAM = _TEAM.where(teams.c.archived_at.is_(None)).with_for_update()
_POLICY = select(policies).where(policies.c.owner == bindparam("of")).with_for_update()
_REPLACE = (
    update(policies)
    .where(policies.c.owner == bindparam("of"))
    .values(body=bindparam("written"), version=bindparam("numbered"))
)


class Act(Struct, frozen=True):
    """Who does what to whom, and when: a line of the audit log."""

    actor: str
    action: str
    subject: str
    at: datetime


def add_team(connection: Connection, team: Team, act: Act) -> bool:
    if connection.scalar(_TEAM, {"wanted": team.id}) is not None:
        return False
    values = {"id": team.id, "name": team.name, "created_at": to_micros(team.created_at)}
    connection.execute(insert(teams), values)
    _add_policy(connection, Owner(act.subject), team.policy, version=team.version)
    _conclude(connection, act, detail=to_json({"name": team.name, "policy": team.policy}))
    return True


def rename_team(connection: Connection, team: TeamId, name: str, *, act: Act) -> Team | None:
    if not _changed(connection, _RENAME, {"wanted": team, "called": name}):
        return None
    _conclude(connection, act, detail=to_json({"name": name}))
    return holders.find_team(connection, team)


def archive_team(connection: Connection, team: TeamId, act: Act) -> bool:
    at = to_micros(act.at)
    if not _changed(connection, _ARCHIVE, {"wanted": team, "at": at}):
        return False
    connection.execute(_REVOKE_ALL, {"of": team, "at": at})
    _conclude(connection, act)
    return True


def add_key(connection: Connection, key: Key, key_hash: str, *, act: Act) -> bool:
    """Add a key of an active team, which stays active until the transaction ends."""
    if connection.scalar(_ACTIVE_TEAM, {"wanted": key.team}) is None:
        return False
    values = {
        "id": key.id,
        "team": key.team,
        "label": key.label,
        "secret_hash": key_hash,
        "created_at": to_micros(key.created_at),
        "expires_at": to_micros_or_none(key.expires_at),
    }
    connection.execute(insert(keys), values)
    _add_policy(connection, Owner(act.subject), key.policy, version=key.version)
    _conclude(connection, act, detail=to_json({"team": key.team, "label": key.label, "policy": key.policy}))
    return True


def revoke_key(connection: Connection, key: KeyId, act: Act) -> bool:
    if not _changed(connection, _REVOKE, {"wanted": key, "at": to_micros(act.at)}):
        return False
    _conclude(connection, act)
    return True


def set_policy(connection: Connection, policy: Policy, *, if_version: int | None, act: Act) -> int | None:
    """Replace a policy whose version is still the one that was read."""
    owner = Owner(act.subject)
    row = connection.execute(_POLICY, {"of": owner}).one_or_none()
    if row is None or if_version not in (None, row.version):
        return None
    before = holders.to_policy(row)
    connection.execute(_REPLACE, {"of": owner, "written": to_json(policy), "numbered": before.version + 1})
    new_accounts = bool(account_names(owner, policy) - account_names(owner, before.policy))
    _conclude(connection, act, detail=to_json(policy), new_accounts=new_accounts)
    return before.version + 1


def _add_policy(connection: Connection, owner: Owner, policy: Policy, *, version: int) -> None:
    values = {"owner": owner, "body": to_json(policy), "version": version}
    connection.execute(insert(policies), values)


def _changed(connection: Connection, change: Update, values: Values) -> bool:
    return connection.execute(change, values).rowcount == 1


def _conclude(connection: Connection, act: Act, *, detail: str = "", new_accounts: bool = False) -> None:
    """Move the fence and tell the audit log."""
    raise_policies(connection, new_accounts=new_accounts)
    note(connection, act, detail=detail)


def note(connection: Connection, act: Act, *, detail: str) -> None:
    """Write a line of the audit log."""
    line = {
        "at": to_micros(act.at),
        "actor": act.actor,
        "action": act.action,
        "subject": act.subject,
        "detail": detail,
    }
    connection.execute(insert(audit), line)

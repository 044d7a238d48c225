import asyncio

import pytest
from sqlalchemy import select

from gateway.records.tables import audit
from gateway.rules.accounts import Level
from gateway.rules.credits import Credits
from gateway.rules.ids import ORGANIZATION, KeyId, Owner, TeamId, key_owner, team_owner
from gateway.rules.policy import EMPTY, Limit, Measure, Policy
from tests.gateway.records.support import ADS, ADS_KEY, ART, LATER, NOW, Records, key, team

ACTOR = "admin"
TIGHT = Policy(limits=(Limit(Measure.RUNNING, 3),))
TIGHTER = Policy(limits=(Limit(Measure.RUNNING, 2),))
"""The same account with another amount."""


@pytest.fixture
async def directory(records: Records) -> Records:
    """Records in which the team `ads` has a key."""
    await records.directory.add_team(team(), actor=ACTOR)
    await records.directory.add_key(key(), "hash", actor=ACTOR)
    return records


async def _set(
    records: Records, owner: Owner, policy: Policy = TIGHT, *, if_version: int | None = None
) -> int | None:
    return await records.directory.set_policy(owner, policy, if_version=if_version, actor=ACTOR, at=LATER)


async def _audited(records: Records) -> list[tuple[str, str, str]]:
    lines = select(audit.c.actor, audit.c.action, audit.c.subject).order_by(audit.c.id)
    return await records.database.read(
        lambda connection: [(actor, action, subject) for actor, action, subject in connection.execute(lines)]
    )


async def test_a_holder_is_found_by_the_hash_of_its_key(directory: Records) -> None:
    await _set(directory, team_owner(ADS))

    holder = await directory.directory.holder("hash")

    assert holder is not None
    assert (holder.key, holder.key_hash) == (key(), "hash")
    assert holder.team == team(policy=TIGHT, version=2)
    assert holder.organization == EMPTY
    assert holder.fence == await directory.fence()


async def test_nobody_holds_an_unknown_key(directory: Records) -> None:
    assert await directory.directory.holder("another") is None


async def test_a_revoked_key_is_still_found_as_revoked(directory: Records) -> None:
    assert await directory.directory.revoke_key(ADS_KEY, actor=ACTOR, at=LATER)

    holder = await directory.directory.holder("hash")
    assert holder is not None
    assert not holder.is_active(NOW)


async def test_a_key_is_revoked_once(directory: Records) -> None:
    answers = [await directory.directory.revoke_key(ADS_KEY, actor=ACTOR, at=LATER) for _ in range(2)]

    assert answers == [True, False]


async def test_a_key_keeps_when_it_expires(directory: Records) -> None:
    expiring = key(KeyId("ads-2"), expires_at=LATER)

    await directory.directory.add_key(expiring, "hash-2", actor=ACTOR)

    assert await directory.directory.key(expiring.id) == expiring


async def test_there_is_no_key_without_an_active_team(directory: Records) -> None:
    await directory.directory.add_team(team(ART), actor=ACTOR)
    await directory.directory.archive_team(ART, actor=ACTOR, at=LATER)

    answers = [
        await directory.directory.add_key(key(KeyId(f"{of}-key"), of), of, actor=ACTOR)
        for of in (ART, TeamId("nobody"))
    ]

    assert answers == [False, False]


async def test_the_id_of_a_team_is_never_used_again(directory: Records) -> None:
    await directory.directory.archive_team(ADS, actor=ACTOR, at=LATER)

    assert not await directory.directory.add_team(team(), actor=ACTOR)


async def test_an_archived_team_has_no_active_key(directory: Records) -> None:
    archived = await directory.directory.archive_team(ADS, actor=ACTOR, at=LATER)

    revoked = await directory.directory.key(ADS_KEY)
    assert archived
    assert revoked is not None
    assert revoked.revoked_at == LATER
    assert not await directory.directory.archive_team(ADS, actor=ACTOR, at=LATER)


async def test_a_team_can_be_renamed(directory: Records) -> None:
    renamed = await directory.directory.rename_team(ADS, "Advertising", actor=ACTOR, at=LATER)

    assert renamed == team(name="Advertising")
    assert await directory.directory.rename_team(ART, "Art", actor=ACTOR, at=LATER) is None


async def test_all_levels_of_a_key_are_read_whether_it_is_active_or_not(directory: Records) -> None:
    await _set(directory, ORGANIZATION)
    await directory.directory.revoke_key(ADS_KEY, actor=ACTOR, at=LATER)

    binding = await directory.directory.binding(ADS, ADS_KEY)

    assert binding.fence == await directory.fence()
    assert binding.levels == (
        Level(ORGANIZATION, TIGHT),
        Level(team_owner(ADS), EMPTY),
        Level(key_owner(ADS_KEY), EMPTY),
    )


async def test_the_policy_of_the_organisation_is_there_from_the_start(records: Records) -> None:
    assert await records.directory.organization() == (EMPTY, 1)


@pytest.mark.parametrize("if_version", [1, None])
async def test_a_policy_is_replaced_and_counted(directory: Records, if_version: int | None) -> None:
    version = await _set(directory, team_owner(ADS), if_version=if_version)

    found = await directory.directory.team(ADS)
    assert version == 2
    assert found is not None
    assert (found.policy, found.version) == (TIGHT, 2)


async def test_a_policy_is_not_replaced_when_someone_else_was_first(directory: Records) -> None:
    await _set(directory, team_owner(ADS), if_version=1)

    assert await _set(directory, team_owner(ADS), if_version=1) is None


async def test_of_many_who_read_the_same_version_one_replaces_it(
    directory: Records, elsewhere: Records
) -> None:
    answers = await asyncio.gather(
        *(_set(one, team_owner(ADS), if_version=1) for one in (directory, elsewhere) * 5)
    )

    assert sorted(answers, key=str) == [2, *[None] * 9]


async def test_nobody_who_is_unknown_has_a_policy(directory: Records) -> None:
    assert await _set(directory, team_owner(ART)) is None


async def test_every_change_moves_the_fence_and_is_told_in_the_audit_log(records: Records) -> None:
    before = await records.fence()

    await records.directory.add_team(team(), actor=ACTOR)
    await records.directory.add_key(key(), "hash", actor=ACTOR)
    await records.directory.rename_team(ADS, "Advertising", actor=ACTOR, at=LATER)
    await _set(records, ORGANIZATION, EMPTY)
    await records.directory.revoke_key(ADS_KEY, actor=ACTOR, at=LATER)
    await records.directory.archive_team(ADS, actor=ACTOR, at=LATER)

    after = await records.fence()
    assert (after.epoch, after.policies) == (before.epoch, before.policies + 6)
    assert await _audited(records) == [
        (ACTOR, "team.add", "team/ads"),
        (ACTOR, "key.add", "key/ads-key"),
        (ACTOR, "team.rename", "team/ads"),
        (ACTOR, "policy.set", "organization"),
        (ACTOR, "key.revoke", "key/ads-key"),
        (ACTOR, "team.archive", "team/ads"),
    ]


async def test_a_change_that_is_refused_moves_nothing(directory: Records) -> None:
    before = await directory.fence()

    await directory.directory.add_team(team(), actor=ACTOR)
    await _set(directory, team_owner(ADS), if_version=7)

    assert await directory.fence() == before


async def test_new_accounts_raise_the_epoch_too(directory: Records) -> None:
    before = await directory.fence()

    await _set(directory, team_owner(ADS), TIGHT)

    after = await directory.fence()
    assert (after.epoch, after.policies) == (before.epoch + 1, before.policies + 1)


@pytest.mark.parametrize("policy", [TIGHTER, EMPTY])
async def test_no_new_account_raises_no_epoch(directory: Records, policy: Policy) -> None:
    await _set(directory, team_owner(ADS), TIGHT)
    before = await directory.fence()

    await _set(directory, team_owner(ADS), policy)

    after = await directory.fence()
    assert (after.epoch, after.policies) == (before.epoch, before.policies + 1)


async def test_an_account_that_was_given_up_meanwhile_is_new_again(directory: Records) -> None:
    await _set(directory, team_owner(ADS), TIGHT)
    await _set(directory, team_owner(ADS), EMPTY)
    before = await directory.fence()

    await _set(directory, team_owner(ADS), TIGHTER)

    assert (await directory.fence()).epoch == before.epoch + 1


async def test_nothing_is_reserved_under_policies_that_changed(directory: Records) -> None:
    running, old = await directory.running(), await directory.fence()
    await _set(directory, team_owner(ADS))

    assert not await directory.stages.correct(old, running.id, Credits(50_000))

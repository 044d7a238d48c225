import asyncio

import pytest

from gateway.flows.asked import Created
from gateway.ports.ledger import LedgerAway, Use
from gateway.ports.records import RecordsAway
from gateway.rules.credits import to_credits
from gateway.rules.generation import Basis, Stage
from gateway.rules.ids import ORGANIZATION, KeyId, TaskId, TeamId, team_owner
from gateway.rules.policy import Limit, Measure, Per
from gateway.rules.refusals import BudgetExceeded, Conflict, Invalid, NotFound, Unauthenticated
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import (
    CLIP_COST,
    Member,
    Peer,
    Play,
    credits_limit,
    generations_limit,
    limits,
    running_limit,
    task_id,
)
from tests.gateway.flows.upstream import Upstream

ADS = TeamId("ads")


@pytest.mark.parametrize(
    ("limit", "spent"),
    [
        (credits_limit(1000), 2 * CLIP_COST),
        (credits_limit(1000, Per.MONTH), 2 * CLIP_COST),
        (credits_limit(1000, Per.TOTAL), 2 * CLIP_COST),
        (credits_limit(1000, timezone="Asia/Tokyo"), 2 * CLIP_COST),
        (credits_limit(1000, model="gen4*"), 2 * CLIP_COST),
        (credits_limit(1000, model="veo*"), 0),
        (generations_limit(100, Per.ROLLING_DAY), 2),
        (running_limit(5), 1),
    ],
)
async def test_a_new_limit_in_mid_window_starts_at_what_was_really_spent(
    peer: Peer, limit: Limit, spent: int
) -> None:
    member = await peer.add_member("ads")
    await peer.create(member)
    await peer.rest()
    await peer.create(member)

    await peer.administer.set_policy(team_owner(ADS), limits(limit), if_version=None)

    assert (await peer.use(member.team_owner, limit)).total == spent


async def test_a_limit_that_comes_back_knows_what_was_spent_without_it(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(credits_limit(50)))
    await peer.administer.set_policy(team_owner(ADS), limits(), if_version=None)
    await peer.create(member)
    await peer.create(member)

    await peer.administer.set_policy(team_owner(ADS), limits(credits_limit(50)), if_version=None)

    with pytest.raises(BudgetExceeded):
        await peer.create(member)


async def test_a_limit_that_was_taken_away_and_comes_back_at_once_is_complete(play: Play, peer: Peer) -> None:
    """One takes it away while the other, who read it before, puts it back."""
    member = await peer.add_member("ads", limits(credits_limit(50)))
    other = await play.peer()
    with barrier(peer.administer.directory, "set_policy") as setting:
        back = asyncio.ensure_future(
            peer.administer.set_policy(team_owner(ADS), limits(credits_limit(50)), if_version=None)
        )
        await setting.reached.wait()
        await other.administer.set_policy(team_owner(ADS), limits(), if_version=None)
        for _ in range(2):
            await other.create(member)
        setting.open()
        await back

    with pytest.raises(BudgetExceeded):
        await peer.create(member)


async def test_a_policy_is_replaced_only_at_the_version_that_was_read(peer: Peer) -> None:
    await peer.add_member("ads")
    version = await peer.administer.set_policy(team_owner(ADS), limits(), if_version=1)

    with pytest.raises(Conflict):
        await peer.administer.set_policy(team_owner(ADS), limits(), if_version=1)

    assert version == 2


async def test_a_change_with_the_ledger_away_stands_and_is_binding_when_it_is_back(peer: Peer) -> None:
    member = await peer.add_member("ads")
    with failing(peer.gateway.ledger, "fence", LedgerAway, times=1):
        await peer.administer.set_policy(team_owner(ADS), limits(credits_limit(0)), if_version=None)

    with pytest.raises(BudgetExceeded):
        await peer.create(member)


async def test_a_change_that_is_recorded_is_answered_with_the_records_away_right_after(peer: Peer) -> None:
    await peer.add_member("ads")
    with failing(peer.background.admissions, "fence", RecordsAway, times=1):
        changed = await peer.administer.change_team(ADS, name="Ads 2", policy=limits(), if_version=1)

    assert (changed.name, changed.version) == ("Ads 2", 2)
    assert await peer.administer.directory.team(ADS) == changed


async def test_a_changed_key_is_answered_as_it_is_recorded(peer: Peer) -> None:
    id = KeyId((await peer.add_member("ads")).key_owner.removeprefix("key/"))

    changed = await peer.administer.change_key(id, limits(credits_limit(7)), if_version=1)

    assert await peer.administer.directory.key(id) == changed


async def test_what_is_archived_or_revoked_changes_no_more(peer: Peer) -> None:
    key = KeyId((await peer.add_member("ads")).key_owner.removeprefix("key/"))
    await peer.administer.archive_team(ADS)
    fence = await peer.background.admissions.fence()

    with pytest.raises(Conflict, match="archived"):
        await peer.administer.change_team(ADS, name="again", policy=None, if_version=None)
    with pytest.raises(Conflict, match="archived"):
        await peer.administer.set_policy(team_owner(ADS), limits(), if_version=None)
    with pytest.raises(Conflict, match="revoked"):
        await peer.administer.change_key(key, limits(), if_version=None)

    assert await peer.background.admissions.fence() == fence


async def test_an_id_is_used_once(peer: Peer) -> None:
    await peer.add_member("ads")
    await peer.administer.archive_team(ADS)

    with pytest.raises(Conflict):
        await peer.administer.add_team("ads", "again", limits())


@pytest.mark.parametrize("id", ["", "Ads", "1ads", "a" * 64, "ads|x"])
async def test_an_id_has_the_form_of_one(peer: Peer, id: str) -> None:
    with pytest.raises(Invalid):
        await peer.administer.add_team(id, "a team", limits())


async def test_a_limit_that_makes_no_sense_is_refused_before_anything_changes(peer: Peer) -> None:
    fence = await peer.background.admissions.fence()
    nonsense = Limit(measure=Measure.RUNNING, amount=1, per=Per.DAY)

    with pytest.raises(Invalid):
        await peer.administer.set_policy(ORGANIZATION, limits(nonsense), if_version=None)

    assert await peer.background.admissions.fence() == fence


async def test_a_revoked_key_is_refused_at_once(peer: Peer) -> None:
    member = await peer.add_member("ads")
    holder = (await peer.asked(member)).holder
    await peer.administer.revoke_key(holder.key.id)
    await peer.background._watch_fence()

    with pytest.raises(Unauthenticated):
        await peer.create(member)


async def test_an_archived_team_is_refused_elsewhere_too(play: Play, peer: Peer) -> None:
    other = await play.peer()
    member = await peer.add_member("ads")
    await other.create(member)
    await peer.administer.archive_team(ADS)

    await other.background._watch_fence()

    with pytest.raises(Unauthenticated):
        await other.create(member)


async def test_an_unclear_task_is_resolved_at_what_was_found_out(peer: Peer, upstream: Upstream) -> None:
    created, member = await _unclear(peer, upstream)

    await peer.administer.resolve(task_id(created), to_credits(10), "seen on the bill")

    resolved = await peer.generation(created)
    assert (resolved.stage, resolved.charged, resolved.basis) == (Stage.DONE, 10_000, Basis.RESOLVED)
    assert await peer.use(member.team_owner, credits_limit(100)) == Use(10_000, 0)


async def test_what_is_not_unclear_cannot_be_resolved(peer: Peer) -> None:
    member = await peer.add_member("ads")
    created = await peer.create(member)

    with pytest.raises(Conflict):
        await peer.administer.resolve(task_id(created), to_credits(10), "a guess")


async def test_an_unclear_task_is_resolved_once(peer: Peer, upstream: Upstream) -> None:
    created, _ = await _unclear(peer, upstream)
    await peer.administer.resolve(task_id(created), to_credits(10), "seen on the bill")

    with pytest.raises(Conflict):
        await peer.administer.resolve(task_id(created), to_credits(10), "seen on the bill")


async def test_what_is_not_there_cannot_be_changed(peer: Peer) -> None:
    nobody = TeamId("nobody")

    with pytest.raises(NotFound):
        await peer.administer.archive_team(nobody)
    with pytest.raises(NotFound):
        await peer.administer.set_policy(team_owner(nobody), limits(), if_version=None)
    with pytest.raises(NotFound):
        await peer.administer.resolve(TaskId("none"), to_credits(1), "a guess")


async def _unclear(peer: Peer, upstream: Upstream) -> tuple[Created, Member]:
    member = await peer.add_member("ads", limits(credits_limit(100)))
    upstream.arm("lose-answer", times=1)
    return await peer.create(member), member

import asyncio

import pytest

from gateway.flows.asked import Created
from gateway.ports.ledger import LedgerAway, Use
from gateway.rules.credits import to_credits
from gateway.rules.generation import Basis, Stage
from gateway.rules.ids import ORGANIZATION, TaskId, TeamId, team_owner
from gateway.rules.policy import Limit, Measure, Per
from gateway.rules.refusals import BudgetExceeded, Conflict, Invalid, NotFound, Unauthenticated
from tests.gateway.flows.barrier import barrier, failing
from tests.gateway.flows.play import (
    CLIP_COST,
    Member,
    Play,
    Process,
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
    process: Process, limit: Limit, spent: int
) -> None:
    member = await process.add_member("ads")
    await process.create(member)
    await process.rest()
    await process.create(member)

    await process.administer.set_policy(team_owner(ADS), limits(limit), if_version=None)

    assert (await process.use(member.team_owner, limit)).total == spent


async def test_a_limit_that_comes_back_knows_what_was_spent_without_it(process: Process) -> None:
    member = await process.add_member("ads", limits(credits_limit(50)))
    await process.administer.set_policy(team_owner(ADS), limits(), if_version=None)
    await process.create(member)
    await process.create(member)

    await process.administer.set_policy(team_owner(ADS), limits(credits_limit(50)), if_version=None)

    with pytest.raises(BudgetExceeded):
        await process.create(member)


async def test_a_limit_that_was_taken_away_and_comes_back_at_once_is_complete(
    play: Play, process: Process
) -> None:
    """One takes it away while the other, who read it before, puts it back."""
    member = await process.add_member("ads", limits(credits_limit(50)))
    other = await play.process()
    with barrier(process.administer.directory, "set_policy") as setting:
        back = asyncio.ensure_future(
            process.administer.set_policy(team_owner(ADS), limits(credits_limit(50)), if_version=None)
        )
        await setting.reached.wait()
        await other.administer.set_policy(team_owner(ADS), limits(), if_version=None)
        for _ in range(2):
            await other.create(member)
        setting.open()
        await back

    with pytest.raises(BudgetExceeded):
        await process.create(member)


async def test_a_policy_is_replaced_only_at_the_version_that_was_read(process: Process) -> None:
    await process.add_member("ads")
    version = await process.administer.set_policy(team_owner(ADS), limits(), if_version=1)

    with pytest.raises(Conflict):
        await process.administer.set_policy(team_owner(ADS), limits(), if_version=1)

    assert version == 2


async def test_a_change_with_the_ledger_away_stands_and_is_binding_when_it_is_back(process: Process) -> None:
    member = await process.add_member("ads")
    with failing(process.gateway.ledger, "fence", LedgerAway, times=1):
        await process.administer.set_policy(team_owner(ADS), limits(credits_limit(0)), if_version=None)

    with pytest.raises(BudgetExceeded):
        await process.create(member)


async def test_an_id_is_used_once(process: Process) -> None:
    await process.add_member("ads")
    await process.administer.archive_team(ADS)

    with pytest.raises(Conflict):
        await process.administer.add_team("ads", "again", limits())


@pytest.mark.parametrize("id", ["", "Ads", "1ads", "a" * 64, "ads|x"])
async def test_an_id_has_the_form_of_one(process: Process, id: str) -> None:
    with pytest.raises(Invalid):
        await process.administer.add_team(id, "a team", limits())


async def test_a_limit_that_makes_no_sense_is_refused_before_anything_changes(process: Process) -> None:
    fence = await process.background.admissions.fence()
    nonsense = Limit(measure=Measure.RUNNING, amount=1, per=Per.DAY)

    with pytest.raises(Invalid):
        await process.administer.set_policy(ORGANIZATION, limits(nonsense), if_version=None)

    assert await process.background.admissions.fence() == fence


async def test_a_revoked_key_is_refused_at_once(process: Process) -> None:
    member = await process.add_member("ads")
    holder = (await process.asked(member)).holder
    await process.administer.revoke_key(holder.key.id)
    await process.background._watch_fence()

    with pytest.raises(Unauthenticated):
        await process.create(member)


async def test_an_archived_team_is_refused_elsewhere_too(play: Play, process: Process) -> None:
    other = await play.process()
    member = await process.add_member("ads")
    await other.create(member)
    await process.administer.archive_team(ADS)

    await other.background._watch_fence()

    with pytest.raises(Unauthenticated):
        await other.create(member)


async def test_an_unclear_task_is_resolved_at_what_was_found_out(
    process: Process, upstream: Upstream
) -> None:
    created, member = await _unclear(process, upstream)

    await process.administer.resolve(task_id(created), to_credits(10), "seen on the bill")

    resolved = await process.generation(created)
    assert (resolved.stage, resolved.charged, resolved.basis) == (Stage.DONE, 10_000, Basis.RESOLVED)
    assert await process.use(member.team_owner, credits_limit(100)) == Use(10_000, 0)


async def test_what_is_not_unclear_cannot_be_resolved(process: Process) -> None:
    member = await process.add_member("ads")
    created = await process.create(member)

    with pytest.raises(Conflict):
        await process.administer.resolve(task_id(created), to_credits(10), "a guess")


async def test_an_unclear_task_is_resolved_once(process: Process, upstream: Upstream) -> None:
    created, _ = await _unclear(process, upstream)
    await process.administer.resolve(task_id(created), to_credits(10), "seen on the bill")

    with pytest.raises(Conflict):
        await process.administer.resolve(task_id(created), to_credits(10), "seen on the bill")


async def test_what_is_not_there_cannot_be_changed(process: Process) -> None:
    nobody = TeamId("nobody")

    with pytest.raises(NotFound):
        await process.administer.archive_team(nobody)
    with pytest.raises(NotFound):
        await process.administer.set_policy(team_owner(nobody), limits(), if_version=None)
    with pytest.raises(NotFound):
        await process.administer.resolve(TaskId("none"), to_credits(1), "a guess")


async def _unclear(process: Process, upstream: Upstream) -> tuple[Created, Member]:
    member = await process.add_member("ads", limits(credits_limit(100)))
    upstream.arm("lose-answer", times=1)
    return await process.create(member), member

"""Stories of administrators: teams, keys, policies, and what is unclear."""

from gateway.rules.credits import Credits
from gateway.rules.ids import KeyId
from gateway.rules.policy import EMPTY
from tests.crashes.stories.cast import BUDGET, Act, Cast
from tests.gateway.flows.play import CLIP_COST, credits_limit, limits, running_limit, task_id

IN_TOKYO = limits(credits_limit(1000), credits_limit(1000, timezone="Asia/Tokyo"), running_limit(1))


async def add_team(cast: Cast) -> Act:
    return lambda: cast.victim.administer.add_team(f"new-{cast.number}", "new", BUDGET)


async def change_team(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.change_team(
        cast.member.team, name="another", policy=IN_TOKYO, if_version=None
    )


async def archive_team(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.archive_team(cast.member.team)


async def add_key(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.add_key(cast.member.team, "another", EMPTY, expires_at=None)


async def change_key(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.change_key(_key(cast), IN_TOKYO, if_version=None)


async def revoke_key(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.revoke_key(_key(cast))


async def set_policy_of_a_team(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.set_policy(cast.member.team_owner, IN_TOKYO, if_version=None)


async def set_policy_of_a_key(cast: Cast) -> Act:
    await cast.made_before()
    return lambda: cast.victim.administer.set_policy(cast.member.key_owner, IN_TOKYO, if_version=None)


async def resolve(cast: Cast) -> Act:
    cast.play.upstream.arm("lose-answer", times=1)
    made = await cast.made_before()
    return lambda: cast.victim.administer.resolve(task_id(made), Credits(CLIP_COST), "seen on the bill")


def _key(cast: Cast) -> KeyId:
    return KeyId(cast.member.key_owner.removeprefix("key/"))

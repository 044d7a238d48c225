import json
from typing import Any

import pytest
from msgspec import structs

from gateway.rules.credits import CREDITS_MAX, shown
from gateway.rules.ids import ORGANIZATION
from gateway.rules.policy import Per
from gateway.rules.refusals import UpstreamAway
from tests.gateway.flows.play import Peer, clip, credits_limit, generations_limit, limits, running_limit
from tests.gateway.flows.upstream import Upstream

UPLOAD = b'{"filename":"a.png","type":"ephemeral"}'


async def test_an_upload_belongs_to_the_team_that_made_it(peer: Peer) -> None:
    member, other = await peer.add_member("ads"), await peer.add_member("art")
    holder = (await peer.asked(member)).holder

    answer = await peer.gateway.app.surface.pass_on.upload(holder, UPLOAD, {})

    uri = json.loads(answer.body)["runwayUri"]
    owned = peer.background.admissions.owned_uploads
    assert await owned(member.team, {uri}) == {uri}
    assert await owned(other.team, {uri}) == frozenset()


async def test_a_team_sees_its_own_budget_and_not_the_organisation_s(peer: Peer) -> None:
    await peer.administer.set_policy(ORGANIZATION, limits(credits_limit(30)), if_version=None)
    policy = limits(credits_limit(100), credits_limit(500, Per.MONTH), generations_limit(9), running_limit(2))
    member = await peer.add_member("ads", policy)
    await peer.create(member)

    seen = await peer.gateway.app.surface.pass_on.organization((await peer.asked(member)).holder)

    assert seen["creditBalance"] == 75
    assert seen["tier"]["maxMonthlyCreditSpend"] == 500  # type: ignore[index]
    assert seen["tier"]["models"]["gen4_turbo"] == {  # type: ignore[index]
        "maxConcurrentGenerations": 2,
        "maxDailyGenerations": 9,
    }
    assert seen["usage"] == {"models": {"gen4_turbo": {"dailyGenerations": 1}}}


async def test_a_team_sees_no_limit_of_the_organisation(peer: Peer) -> None:
    own = limits(running_limit(7), generations_limit(91), credits_limit(500, Per.MONTH))
    await peer.administer.set_policy(ORGANIZATION, own, if_version=None)
    member = await peer.add_member("ads")

    seen = await peer.gateway.app.surface.pass_on.organization((await peer.asked(member)).holder)

    _assert_no_limit_is_seen(seen)


async def test_what_is_only_counted_is_no_limit(peer: Peer) -> None:
    counted = (running_limit(2), generations_limit(9), credits_limit(500, Per.MONTH))
    policy = limits(*(structs.replace(limit, enforce=False) for limit in counted))
    member = await peer.add_member("ads", policy)

    seen = await peer.gateway.app.surface.pass_on.organization((await peer.asked(member)).holder)

    _assert_no_limit_is_seen(seen)


async def test_a_team_sees_the_models_that_it_may_use(peer: Peer) -> None:
    member = await peer.add_member("ads", limits(models=("gen4_turbo", "act_two", "unknown")))

    seen = await peer.gateway.app.surface.pass_on.organization((await peer.asked(member)).holder)

    assert set(seen["tier"]["models"]) == {"gen4_turbo", "act_two"}  # type: ignore[index]


async def test_runways_tier_is_a_limit_that_a_team_sees(peer: Peer, upstream: Upstream) -> None:
    upstream.set_tier("1")
    await peer.read_tier()
    member = await peer.add_member("ads")

    seen = await peer.gateway.app.surface.pass_on.organization((await peer.asked(member)).holder)

    assert seen["tier"]["models"]["gen4_turbo"]["maxConcurrentGenerations"] == 1  # type: ignore[index]


async def test_an_administrator_reads_runway_itself(peer: Peer) -> None:
    answer = await peer.gateway.app.surface.pass_on.read("GET", "/v1/organization", query="", headers={})

    assert "creditBalance" in json.loads(answer.body)


async def test_a_read_while_runway_is_away_says_so(peer: Peer, upstream: Upstream) -> None:
    await upstream.leave()

    with pytest.raises(UpstreamAway):
        await peer.gateway.app.surface.pass_on.read("GET", "/v1/organization", query="", headers={})

    await upstream.listen()


async def test_an_own_upload_may_be_used_in_a_create(peer: Peer) -> None:
    member = await peer.add_member("ads")
    holder = (await peer.asked(member)).holder
    answer = await peer.gateway.app.surface.pass_on.upload(holder, UPLOAD, {})
    uri = json.loads(answer.body)["runwayUri"]

    dry = await peer.create(member, clip(promptImage=uri), dry_run=True)

    assert dry.estimate == 25_000


def _assert_no_limit_is_seen(organization: dict[str, Any]) -> None:
    tier = organization["tier"]
    unlimited = {"maxConcurrentGenerations": None, "maxDailyGenerations": None}
    assert tier["maxMonthlyCreditSpend"] == int(shown(CREDITS_MAX))
    assert tier["models"]
    assert all(model == unlimited for model in tier["models"].values())

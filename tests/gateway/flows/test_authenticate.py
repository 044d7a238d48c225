"""Who may come in, and whom wrong keys keep out."""

import asyncio
from datetime import timedelta

import pytest

from gateway.flows import authenticate as memory
from gateway.flows.attempts import ATTEMPTS_PER_MINUTE
from gateway.flows.authenticate import Authenticate
from gateway.rules.ids import TeamId
from gateway.rules.keys import make_secret
from gateway.rules.refusals import TooManyAttempts, Unauthenticated
from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import Peer

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


async def test_an_address_tries_30_unknown_keys_a_minute(peer: Peer) -> None:
    authenticate = peer.background.authenticate
    await guess(authenticate, HERE)

    with pytest.raises(TooManyAttempts):
        await authenticate.holder(unknown(0), address=HERE)

    for address, later in ((ELSEWHERE, timedelta()), (HERE, timedelta(minutes=1))):
        peer.clock.advance(later)
        with pytest.raises(Unauthenticated):
            await authenticate.holder(unknown(0), address=address)


async def test_all_addresses_of_an_ipv6_network_try_together(peer: Peer) -> None:
    authenticate = peer.background.authenticate
    await guess(authenticate, "2001:db8::1")

    with pytest.raises(TooManyAttempts):
        await authenticate.holder(unknown(0), address="2001:db8::ffff:2")

    with pytest.raises(Unauthenticated):
        await authenticate.holder(unknown(0), address="2001:db8:0:1::1")


async def test_guesses_do_not_keep_out_a_key_that_was_here_before(peer: Peer) -> None:
    member, authenticate = await peer.add_member("ads"), peer.background.authenticate
    await authenticate.holder(member.secret, address=ELSEWHERE)
    authenticate.policies_are(-1)
    await guess(authenticate, HERE)

    holder = await authenticate.holder(member.secret, address=HERE)

    assert holder.team.id == member.team


async def test_a_key_that_was_not_here_before_waits_with_the_guesses(peer: Peer) -> None:
    member, authenticate = await peer.add_member("ads"), peer.background.authenticate
    await guess(authenticate, HERE)

    with pytest.raises(TooManyAttempts) as refused:
        await authenticate.holder(member.secret, address=HERE)

    assert refused.value.retry_after == 60


async def test_a_revoked_key_is_refused_however_often_it_was_here(peer: Peer) -> None:
    member, authenticate = await peer.add_member("ads"), peer.background.authenticate
    await authenticate.holder(member.secret, address=HERE)
    await peer.administer.archive_team(TeamId("ads"))
    authenticate.policies_are(-1)

    with pytest.raises(Unauthenticated):
        await authenticate.holder(member.secret, address=HERE)


async def test_no_more_keys_are_remembered_than_the_limits_say(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "PROVEN_MAX", 1)
    authenticate = peer.background.authenticate
    first, second = await peer.add_member("ads"), await peer.add_member("art")
    for member in (first, second):
        await authenticate.holder(member.secret, address=ELSEWHERE)
    authenticate.policies_are(-1)
    await guess(authenticate, HERE)

    with pytest.raises(TooManyAttempts):
        await authenticate.holder(first.secret, address=HERE)

    assert await authenticate.holder(second.secret, address=HERE)


async def test_many_who_come_at_once_with_a_new_key_are_looked_up_once(peer: Peer) -> None:
    member, authenticate = await peer.add_member("ads"), peer.background.authenticate
    with barrier(authenticate.directory, "holder") as reading:
        coming = [asyncio.ensure_future(authenticate.holder(member.secret, address=HERE)) for _ in range(50)]
        await reading.reached.wait()
        coming.pop().cancel()
        reading.open()
        holders = await asyncio.gather(*coming)

    assert {id(holder) for holder in holders} == {id(holders[0])}


async def test_what_was_read_before_a_change_is_not_remembered_after_it(peer: Peer) -> None:
    member, authenticate = await peer.add_member("ads"), peer.background.authenticate
    with barrier(authenticate.directory, "holder", behind=True) as reading:
        coming = asyncio.ensure_future(authenticate.holder(member.secret, address=HERE))
        await reading.reached.wait()
        await peer.administer.archive_team(TeamId("ads"))
        await peer.background._watch_fence()
        reading.open()
        await coming

    with pytest.raises(Unauthenticated):
        await authenticate.holder(member.secret, address=HERE)


async def guess(authenticate: Authenticate, address: str) -> None:
    """Use up what an address may try."""
    for number in range(1, ATTEMPTS_PER_MINUTE + 1):
        with pytest.raises(Unauthenticated):
            await authenticate.holder(unknown(number), address=address)


def unknown(number: int) -> str:
    """Make a key that could have been made here."""
    return make_secret(lambda count: number.to_bytes(count, "big"))

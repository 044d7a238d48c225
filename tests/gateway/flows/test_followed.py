"""How the running generations of one peer are read, when and how often."""

from datetime import timedelta

from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import Peer
from tests.gateway.flows.upstream import Upstream

FIRST_LOOK = timedelta(seconds=3)


async def test_a_reading_that_takes_long_is_not_begun_again(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    await peer.create(member)
    peer.clock.advance(FIRST_LOOK)
    followed = peer.background.followed

    with barrier(followed.watch, "look") as reading:
        await followed.round()
        await reading.reached.wait()
        peer.clock.advance(timedelta(minutes=1))
        await followed.round()
        reading.open()
        await peer.work_done()

    assert len(upstream.asked("GET")) == 1


async def test_a_reading_that_failed_is_begun_again(peer: Peer, upstream: Upstream) -> None:
    member = await peer.add_member("ads")
    await peer.create(member)
    upstream.arm("refuse", status=500, times=1)
    for _ in range(2):
        peer.clock.advance(timedelta(minutes=1))
        await peer.round()

    assert len(upstream.asked("GET")) == 2

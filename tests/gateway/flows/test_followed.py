"""How the running generations of one process are read, when and how often."""

from datetime import timedelta

from tests.gateway.flows.barrier import barrier
from tests.gateway.flows.play import Process
from tests.gateway.flows.upstream import Upstream

FIRST_LOOK = timedelta(seconds=3)


async def test_a_reading_that_takes_long_is_not_begun_again(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads")
    await process.create(member)
    process.clock.advance(FIRST_LOOK)
    followed = process.background.followed

    with barrier(followed.watch, "look") as reading:
        await followed.round()
        await reading.reached.wait()
        process.clock.advance(timedelta(minutes=1))
        await followed.round()
        reading.open()
        await process.work_done()

    assert len(upstream.asked("GET")) == 1


async def test_a_reading_that_failed_is_begun_again(process: Process, upstream: Upstream) -> None:
    member = await process.add_member("ads")
    await process.create(member)
    upstream.arm("refuse", status=500, times=1)
    for _ in range(2):
        process.clock.advance(timedelta(minutes=1))
        await process.round()

    assert len(upstream.asked("GET")) == 2

"""When you create."""

from random import Random

from tests.end_to_end.cases.case import Case, when
from tests.end_to_end.later import LEASE_OVER, NEXT_EVIDENCE, WAIT_SECONDS
from tests.end_to_end.lossy_wire import lossy_wire

LOSE_THE_FIRST = 3
"""A seed of dice by which the first answer is lost."""


@when("the answer is lost on its way to you, and the SDK sends it again")
def _lost_before(case: Case) -> str:
    with lossy_wire(case.gateway.url, Random(LOSE_THE_FIRST)) as wire:  # noqa: S311 (the same every time)
        id = case.create(by=case.sdk(wire.url, case.team))
    assert wire.lost
    case.end()
    return id


@when("the SDK gives up waiting for the answer and sends it again")
def _given_up_by_sdk(case: Case) -> str:
    impatient = case.sdk(case.gateway.url, case.team, patience=WAIT_SECONDS / 2)
    id = case.create(f"[[slow:{WAIT_SECONDS}]]", by=impatient)
    case.end()
    return id


@when("Runway's answer is lost on its way to the gateway")
def _lost_behind(case: Case) -> str:
    return case.create("[[lose-answer]]")


@when("Runway's answer comes so late that the gateway has given it up")
def _late(case: Case) -> str:
    id = case.create(f"[[slow:{2 * WAIT_SECONDS}]]")
    case.clock.advance(LEASE_OVER)
    case.until(id, "unclear")
    case.wait(lambda: case.task(id)["upstreamId"] is not None, "the late answer")
    case.mock.advance()
    case.clock.advance(NEXT_EVIDENCE)
    return id


@when("your team's slots are full")
def queued(case: Case) -> str:
    case.fill_slots()
    return case.create()


@when("Runway refuses it when it leaves the queue")
def _refused_late(case: Case) -> str:
    running = case.fill_slots()
    id = case.create("[[refuse:400]]")
    case.developer.delete(running)
    return id

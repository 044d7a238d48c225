"""When you delete."""

import pytest

from tests.end_to_end.cases.case import Case, when
from tests.end_to_end.developers import Raised
from tests.end_to_end.later import WAIT_SECONDS


@when("you delete it while it waits for a slot")
def _queued(case: Case) -> str:
    case.fill_slots()
    return case.deleted(case.create())


@when("you delete it before Runway has answered the create")
def _forwarding(case: Case) -> str:
    return case.deleted(case.create(f"[[slow:{1.5 * WAIT_SECONDS}]]"))


@when("you delete it while it runs")
def _running(case: Case) -> str:
    return case.deleted(case.create_long())


@when("you delete it, and Runway does not confirm that")
def _not_confirmed(case: Case) -> str:
    id = case.create_long()
    case.mock.arm("refuse", operation="tasks_delete", status=500, times=1)
    case.deleted(id)
    case.end()
    return id


@when("you delete it as it ends, before the gateway has seen that")
def _ended_unseen(case: Case) -> str:
    id = case.create()
    case.mock.advance()
    return case.deleted(id)


@when("you delete it as it ends, after the gateway has looked once more")
def _ended_meanwhile(case: Case) -> str:
    return case.deleted(case.create_long("[[lose-cancel:ended]]"))


@when("you delete it when it has ended")
def _ended(case: Case) -> str:
    return case.deleted(case.ended("SUCCEEDED"))


@when("you delete it a second time")
def _twice(case: Case) -> str:
    id = case.deleted(case.create_long())
    with pytest.raises(Raised) as raised:
        case.developer.delete(id)
    assert raised.value.status == 404
    return id


@when("you delete it while it runs, and others share it")
def _payer_leaves_running(case: Case) -> str:
    id, others = case.create_shared()
    case.deleted(id)
    case.end()
    case.until_shown(others, "SUCCEEDED")
    return id


@when("another one who shares it deletes it while it runs")
def _stays(case: Case) -> str:
    others, id = case.create_shared()
    case.deleted(others)
    case.end()
    return id


@when("you delete it while it waits for a slot, and others share it")
def _payer_leaves_queue(case: Case) -> str:
    case.fill_slots()
    id, _ = case.create_shared()
    return case.deleted(id)


@when("whoever pays for it deletes it while it waits for a slot, and you are next")
def _next_pays(case: Case) -> str:
    running = case.fill_slots()
    others, id = case.create_shared()
    case.deleted(others)
    case.deleted(running)
    case.until(id, "running")
    case.end()
    return id


@when("whoever pays for it deletes it while it waits for a slot, and nobody else has budget left")
def _nobody_pays(case: Case) -> str:
    case.fill_slots()
    poor = case.gateway.add_key(case.team.id, limits=[{"measure": "credits", "per": "total", "amount": 0}])
    others, id = case.create_shared(others=poor)
    case.deleted(others)
    return id

"""When nobody knows."""

from tests.end_to_end.cases.case import Case, when
from tests.end_to_end.later import GIVEN_UP, NEXT_EVIDENCE, NEXT_LOOK


@when("Runway does not know the task any more")
def _forgotten(case: Case) -> str:
    id = case.create()
    case.mock.forget(case.task(id)["upstreamId"])
    case.clock.advance(NEXT_LOOK)
    return case.until(id, "unclear")


@when("Runway does not accept the gateway's key")
def _unauthorized(case: Case) -> str:
    with case.key_refused(case.create()) as id:
        return id


@when("Runway accepts the gateway's key again, and the task has ended")
def _authorized(case: Case) -> str:
    with case.key_refused(case.create()) as id:
        case.mock.advance()
    case.clock.advance(NEXT_EVIDENCE)
    return id


@when("an administrator says what it cost")
def _resolved(case: Case) -> str:
    return case.resolve(_forgotten(case))


@when("nobody finds out for a day")
def _given_up(case: Case) -> str:
    id = _forgotten(case)
    case.clock.advance(GIVEN_UP)
    return case.until_shown(id, "FAILED")


@when("an administrator says after that day what it cost")
def _resolved_late(case: Case) -> str:
    return case.resolve(_given_up(case))


@when("the task turns up after that day")
def _turned_up(case: Case) -> str:
    with case.key_refused(case.create()) as id:
        case.clock.advance(GIVEN_UP)
        case.until_shown(id, "FAILED")
        case.mock.advance()
    case.clock.advance(NEXT_EVIDENCE)
    return case.until(id, "done")


@when("you delete it meanwhile")
def _deleted(case: Case) -> str:
    return case.deleted(_forgotten(case))

"""When it stands still."""

from tests.end_to_end.cases.case import ON_ITS_WAY, Case, when
from tests.end_to_end.later import GIVEN_UP, NEXT_EVIDENCE, NEXT_LOOK, STANDS_STILL


@when("it stands still at 0 %")
def _at_0(case: Case) -> str:
    return _standing_still(case, case.create("[[stuck:0]]"), progress=0.0)


@when("it stands still at 99 %")
def _at_99(case: Case) -> str:
    return _standing_still(case, case.create("[[stuck:0.99]]"), progress=0.99)


@when("it stands still and ends after all")
def _ends(case: Case) -> str:
    return _ended_after_all(case, case.create_long())


@when("it stands still and fails after all")
def _fails(case: Case) -> str:
    return _ended_after_all(case, case.create_long("[[fail:INTERNAL]]"))


@when("it stands still, and an administrator says what it cost")
def _resolved(case: Case) -> str:
    return case.resolve(_at_99(case))


@when("it stands still for a day")
def _given_up(case: Case) -> str:
    id = _at_99(case)
    case.clock.advance(GIVEN_UP)
    return id


@when("it stands still, and you delete it")
def _deleted(case: Case) -> str:
    return case.deleted(_at_99(case))


@when("you create the like of one that stands still, with the same `seed`")
def _shared(case: Case) -> str:
    text, seed = case.text("[[stuck:0.99]]"), 7
    stuck = _standing_still(case, case.developer.create(text, seed=seed), progress=0.99)
    id = case.developer.create(text, seed=seed)
    assert id != stuck
    return id


def _standing_still(case: Case, id: str, *, progress: float) -> str:
    case.mock.advance(ON_ITS_WAY)
    case.clock.advance(NEXT_LOOK)
    case.until_shown(id, "RUNNING")
    assert case.developer.look(id).progress == progress
    case.clock.advance(STANDS_STILL)
    return case.until(id, "unclear")


def _ended_after_all(case: Case, id: str) -> str:
    """Runway's clock stands while the gateway's goes on; then both do."""
    case.clock.advance(STANDS_STILL)
    case.until(id, "unclear")
    case.mock.advance()
    case.clock.advance(NEXT_EVIDENCE)
    return id

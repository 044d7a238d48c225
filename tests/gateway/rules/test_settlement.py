"""What is booked for every way in which a generation may end."""

import pytest

from gateway.rules.credits import Credits
from gateway.rules.generation import Basis, Status, UpstreamError
from gateway.rules.settlement import Observation, cancelled, refused, settle

RESERVED = Credits(25_000)
REFUNDED = Credits(0)

CODES = [
    ("SAFETY.INPUT.TEXT", RESERVED),
    ("SAFETY.INPUT.IMAGE", RESERVED),
    ("SAFETY.INPUT", RESERVED),
    ("SAFETY.OUTPUT.VIDEO", RESERVED),  # Runway's pages disagree: nothing is given back that may be charged
    ("SAFETY.OUTPUT.IMAGE", RESERVED),
    ("SAFETY.OUTPUT.TEXT", RESERVED),
    ("INPUT_PREPROCESSING.SAFETY.TEXT", REFUNDED),
    ("INPUT_PREPROCESSING.INTERNAL", REFUNDED),
    ("INTERNAL.BAD_OUTPUT.01", REFUNDED),
    ("INTERNAL.BAD_OUTPUT.CODE01", REFUNDED),
    ("ASSET.INVALID", REFUNDED),
    ("THIRD_PARTY.UNAVAILABLE", REFUNDED),
    ("INTERNAL", REFUNDED),
    ("A.CODE.THAT.IS.NEW", REFUNDED),
    (None, REFUNDED),
]


@pytest.mark.parametrize(("code", "charged"), CODES)
def test_a_failure_without_a_cost_is_charged_as_runway_documents(code: str | None, charged: Credits) -> None:
    settlement = settle(failure(code), RESERVED)

    assert (settlement.charged, settlement.basis) == (charged, Basis.ASSUMED)


@pytest.mark.parametrize("code", [code for code, _ in CODES])
@pytest.mark.parametrize("cost", [0, 8_000, 25_000, 40_000])
def test_runways_own_cost_decides_whatever_the_code(code: str | None, cost: int) -> None:
    settlement = settle(failure(code, cost=Credits(cost)), RESERVED)

    assert (settlement.charged, settlement.basis) == (cost, Basis.OBSERVED)


@pytest.mark.parametrize("code", [code for code, _ in CODES])
def test_a_failure_shows_runways_words_and_code(code: str | None) -> None:
    outcome = settle(failure(code), RESERVED).outcome

    assert (outcome.succeeded, outcome.output) == (False, ())
    assert (outcome.failure, outcome.failure_code, outcome.error) == ("Something went wrong.", code, None)


def test_a_success_costs_what_runway_says_and_shows_its_output() -> None:
    seen = Observation(Status.SUCCEEDED, output=("https://cdn.test/1.mp4",), cost=Credits(20_000))

    settlement = settle(seen, RESERVED)

    assert (settlement.charged, settlement.basis) == (20_000, Basis.OBSERVED)
    assert (settlement.outcome.succeeded, settlement.outcome.output) == (True, seen.output)


def test_a_success_without_a_cost_costs_the_whole_reservation() -> None:
    settlement = settle(Observation(Status.SUCCEEDED, output=("https://cdn.test/1.mp4",)), RESERVED)

    assert (settlement.charged, settlement.basis) == (RESERVED, Basis.ASSUMED)


def test_a_charge_above_the_reservation_is_booked_in_full() -> None:
    seen = Observation(Status.SUCCEEDED, cost=Credits(90_000))

    assert settle(seen, RESERVED).charged == 90_000


@pytest.mark.parametrize(("cost", "charged"), [(None, RESERVED), (Credits(0), 0), (Credits(8_000), 8_000)])
def test_a_cancellation_that_runway_shows_is_refunded_only_by_its_cost(
    cost: Credits | None, charged: int
) -> None:
    settlement = settle(Observation(Status.CANCELLED, cost=cost), RESERVED)

    assert settlement.charged == charged
    assert (settlement.outcome.succeeded, settlement.outcome.failure_code) == (False, "CANCELLED")


def test_a_cancelled_task_costs_the_whole_reservation_because_nobody_can_look() -> None:
    settlement = cancelled(RESERVED)

    assert (settlement.charged, settlement.basis) == (RESERVED, Basis.ASSUMED)
    assert settlement.outcome.failure_code == "CANCELLED"


def test_what_never_started_costs_nothing_and_shows_runways_refusal() -> None:
    error = UpstreamError(400, '{"error":"Validation of body failed"}')

    settlement = refused("Runway refused it.", code="UPSTREAM.REFUSED", error=error)

    assert (settlement.charged, settlement.basis) == (0, Basis.REFUSED)
    assert (settlement.outcome.failure, settlement.outcome.error) == ("Runway refused it.", error)


def failure(code: str | None, *, cost: Credits | None = None) -> Observation:
    return Observation(Status.FAILED, failure="Something went wrong.", failure_code=code, cost=cost)

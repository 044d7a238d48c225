"""Every refusal has words, and none of them lacks a fact."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.rules import refusals
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit, Measure, Per
from gateway.rules.refusals import Invalid, LimitFacts, Refusal
from tests.gateway.rules.examples import FACTS, REFUSALS

RESET = datetime(2026, 5, 21, tzinfo=UTC)
DAILY = Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500)
COUNTED = Limit(measure=Measure.GENERATIONS, per=Per.DAY, amount=10, model="gen4*")


def kinds(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_refusal_has_an_example_here() -> None:
    assert {type(example) for example in REFUSALS} == set(kinds())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_every_message_is_one_line_with_all_facts_filled_in(refusal: Refusal) -> None:
    message = refusal.message

    assert message
    assert message == " ".join(message.split())
    assert not {"{", "}"} & set(message)
    assert "None" not in message


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in kinds()]

    assert len(set(codes)) == len(codes)


def test_braces_in_a_fact_stay_as_they_are() -> None:
    assert Invalid("{reason} {0} {x.y!r:>9}").message == "{reason} {0} {x.y!r:>9}"


def test_a_budget_is_told_with_its_owner_and_measure() -> None:
    assert refusals.BudgetExceeded(FACTS).message == (
        "The credits limit of team/ads has no room for this request; wait for the reset or have it raised."
    )


def test_a_teams_limit_is_told_in_whole_credits() -> None:
    assert msgspec.to_builtins(FACTS) == {
        "owner": "team/ads",
        "measure": "credits",
        "per": "day",
        "amount": 500,
        "spent": 480,
        "reserved": 20,
        "resetsAt": "2026-05-21T00:00:00Z",
    }


def test_pieces_are_told_as_pieces() -> None:
    facts = LimitFacts.of(Owner("team/ads"), COUNTED, total=10, held=3, resets_at=None)

    assert (facts.amount, facts.spent, facts.reserved, facts.model) == (10, 7, 3, "gen4*")


def test_amounts_of_the_organisation_are_not_told() -> None:
    facts = LimitFacts.of(ORGANIZATION, DAILY, total=500_000, held=20_000, resets_at=RESET)

    assert msgspec.to_builtins(facts) == {
        "owner": "organization",
        "measure": "credits",
        "per": "day",
        "resetsAt": "2026-05-21T00:00:00Z",
    }

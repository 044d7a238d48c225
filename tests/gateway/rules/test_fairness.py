"""Whose turn it is: many teams share a lane by their weights."""

from datetime import timedelta
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.fairness import TURN_SECONDS, turn
from tests.gateway.rules.examples import NOW

weights = st.integers(min_value=1, max_value=1000)
counts = st.integers(min_value=1, max_value=50)


def queue(name: str, count: int, *, weight: int = 1, after: float = 0) -> list[tuple[float, str]]:
    """Queue so many generations of a team at once, some seconds after the others."""
    now = NOW + timedelta(seconds=after)
    return [(turn(now, waiting=waiting, weight=weight), name) for waiting in range(count)]


def order(*queues: list[tuple[float, str]]) -> str:
    return "".join(name for _, name in sorted(chain(*queues)))


def test_equal_teams_take_turns() -> None:
    assert order(queue("a", 3), queue("b", 3)) == "ababab"


def test_who_queues_few_is_not_behind_who_queued_many() -> None:
    assert order(queue("a", 100), queue("b", 1, after=1)).index("b") == 1


def test_a_team_of_twice_the_weight_goes_twice_as_often() -> None:
    first = order(queue("a", 30, weight=2), queue("b", 30))[:30]

    assert first.count("a") == 2 * first.count("b")


def test_who_comes_first_goes_first_when_nobody_waits() -> None:
    assert order(queue("a", 1, after=1), queue("b", 1)) == "ba"


@given(weights, st.integers(min_value=0, max_value=1000))
def test_a_teams_own_generations_keep_their_order(weight: int, waiting: int) -> None:
    assert turn(NOW, waiting=waiting, weight=weight) < turn(NOW, waiting=waiting + 1, weight=weight)


@given(weights, st.integers(min_value=0, max_value=1000))
def test_nobody_waits_for_ever(weight: int, waiting: int) -> None:
    long_after = NOW + timedelta(seconds=TURN_SECONDS * waiting + 1)

    assert turn(NOW, waiting=waiting, weight=weight) < turn(long_after, waiting=0, weight=1000)


@given(counts, counts, weights, weights)
def test_shares_follow_weights_as_long_as_both_wait(ours: int, theirs: int, light: int, heavy: int) -> None:
    mixed = order(queue("a", ours, weight=light), queue("b", theirs, weight=heavy))

    both = mixed[: min(mixed.rindex("a"), mixed.rindex("b"))]

    if both:
        served = both.count("a") / light - both.count("b") / heavy
        assert abs(served) <= 1 / light + 1 / heavy

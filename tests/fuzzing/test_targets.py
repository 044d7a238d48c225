"""Each target over valid bytes that were changed a little, the same ones in every run."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzzing.corpus import BEGINNINGS, WORDS
from tests.fuzzing.targets import TARGETS, Target

EXAMPLES = 150
CHANGES_MAX = 4


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_valid_is_read(name: str) -> None:
    for beginning in BEGINNINGS[name]:
        TARGETS[name](beginning)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_changed_is_read_or_refused(name: str) -> None:
    _play(TARGETS[name], _changed(BEGINNINGS[name]))


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused(name: str) -> None:
    _play(TARGETS[name], st.lists(st.sampled_from(WORDS) | st.binary(max_size=20), max_size=8).map(b"".join))


def _play(target: Target, bodies: st.SearchStrategy[bytes]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies)
    def read(body: bytes) -> None:
        target(body)

    read()


@st.composite
def _changed(draw: Any, beginnings: list[bytes]) -> bytes:  # noqa: ANN401 (hypothesis' own)
    """Cut out, put in, or repeat a part of something valid, a few times."""
    body: bytes = draw(st.sampled_from(beginnings))
    for _ in range(draw(st.integers(1, CHANGES_MAX))):
        place = draw(st.integers(0, len(body)))
        end = draw(st.integers(place, len(body)))
        instead = draw(st.sampled_from([*WORDS, b"", body[place:end] * 2]) | st.binary(max_size=4))
        body = body[:place] + instead + body[end:]
    return body

"""Policies that speak of what there is not."""

import pytest

from gateway.rules.offered import Offered
from gateway.rules.policy import Limit, Measure, Policy

OFFERED = Offered(
    frozenset({"gen4_turbo", "gen4.5", "veo3.1"}), frozenset({"image_to_video", "text_to_image"})
)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(models=(), operations=()),
        Policy(models=("gen4*", "veo3.?"), operations=("*_to_video",)),
        Policy(limits=(Limit(Measure.RUNNING, 1), Limit(Measure.RUNNING, 1, model="gen4_turbo"))),
    ],
)
def test_a_policy_of_what_there_is_is_right(policy: Policy) -> None:
    OFFERED.check(policy)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(models=("gen4*", "gen9*")), "models[1]: nothing is called gen9*; did you mean gen4.5?"),
        (
            Policy(operations=("image_to_vdeo",)),
            "operations[0]: nothing is called image_to_vdeo; did you mean image_to_video?",
        ),
        (
            Policy(limits=(Limit(Measure.RUNNING, 1, model="gen4_trubo"),)),
            "limits[0].model: nothing is called gen4_trubo; did you mean gen4_turbo?",
        ),
        (Policy(operations=("gen4.5",)), "operations[0]: nothing is called gen4.5"),
    ],
)
def test_a_pattern_that_matches_nothing_is_named_with_the_nearest(policy: Policy, words: str) -> None:
    with pytest.raises(ValueError, match="nothing is called") as refused:
        OFFERED.check(policy)

    assert str(refused.value).startswith(words)

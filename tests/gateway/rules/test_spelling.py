"""What a mistyped name was probably meant to be."""

from gateway.rules.spelling import COMPARED_LENGTH_MAX, TOLD_MAX, meant


def test_the_nearest_name_is_told() -> None:
    assert meant("gen4_trubo", {"gen4_turbo", "veo3"}) == "; did you mean gen4_turbo?"


def test_where_none_is_near_all_of_few_are_told() -> None:
    assert meant("xyz", {"from", "to"}) == "; there are from, to"


def test_where_none_is_near_many_are_not_told() -> None:
    assert meant("xyz", {f"name{number}" for number in range(TOLD_MAX + 1)}) == ""


def test_what_is_too_long_to_be_a_name_is_not_compared() -> None:
    assert meant("port" * COMPARED_LENGTH_MAX, {"port"}) == "; there are port"
